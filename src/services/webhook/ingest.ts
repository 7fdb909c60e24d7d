import { redactBody } from '../../gateway/http/redact.ts';
import { type Masks, parseWebhook, redactEvent } from '../../gateway/webhook/events.ts';
import type { EventReader } from '../../gateway/webhook/reader.ts';
import type { Reply, WebhookCall } from '../../gateway/webhook/server.ts';
import type { IncomingEvent, RecordedEvent } from '../../ledger/webhook-api.ts';
import { detectConsentKeyword } from '../../message/consent.ts';
import type { ConsentKeywords } from '../../message/opt-out.ts';
import type { ReadInboundNumber } from '../../message/phone.ts';
import type { WebhookEvent } from '../../message/webhook.ts';
import type { Deps } from '../deps.ts';

export interface ListenOptions extends Masks {
  /** Keywords that opt people out and in again. */
  words: ConsentKeywords;
  /** URLs to forward calls to. */
  forwardTo: readonly string[];
  /** Readers of events, in the order in which to try them. */
  readers: readonly EventReader[];
  readNumber: ReadInboundNumber;
  /** Called with recorded events, in groups. */
  onRecorded(events: readonly RecordedEvent[]): void;
  /** Called for each event of no documented shape, with a short description. */
  onUnknown(description: string): void;
  /** Called for each call that is not accepted, with a short reason. */
  onRefused(reason: string): void;
}

/**
 * Time to record an event, in milliseconds: a gateway gives up after about a second and repeats the call,
 * which is then a known event.
 */
const ackDeadlineMs = 900;

/**
 * Returns a handler that records the events of a webhook call in the ledger before it answers. Calls of one turn of the
 * event loop share a commit; one by one, each would wait for the disk.
 */
export function openIngest(
  { words, forwardTo, mask, maskValue, readers, readNumber, onRecorded, onUnknown, onRefused }: ListenOptions,
  { ledger, clock }: Pick<Deps, 'ledger' | 'clock'>,
): (call: WebhookCall) => Promise<Reply> {
  interface Group {
    events: IncomingEvent[];
    calls: WebhookCall[];
    recorded: Promise<void>;
  }
  let group: Group | undefined;

  async function keep({ events, calls }: Omit<Group, 'recorded'>): Promise<void> {
    const forwards = forwardTo.flatMap((url) => calls.map(({ type, text }) => ({ url, type, body: text })));
    if (events.length + forwards.length > 0)
      onRecorded(await ledger.events.record(events, forwards, clock.now()));
  }

  function join(received: readonly WebhookEvent[], call: WebhookCall): Promise<void> {
    if (group === undefined) {
      const next = { events: [] as IncomingEvent[], calls: [] as WebhookCall[] };
      const recorded = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        group = undefined;
        return keep(next);
      });
      group = { ...next, recorded };
    }
    group.events.push(...received.map((event) => toIncoming(event, words, { mask, maskValue })));
    group.calls.push(call);
    return group.recorded;
  }

  return async ({ type, text }) => {
    const parsed = parseWebhook(type, text, clock.now(), readers, readNumber);
    if (parsed === undefined) {
      onRefused('no known event');
      return { status: 422, text: 'no known event' };
    }
    try {
      let timer: NodeJS.Timeout | undefined;
      // The body is stored only if it is forwarded.
      const body = forwardTo.length > 0 ? redactBody(type, text, maskValue) : '';
      const call = { type: mask(type), text: body };
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), ackDeadlineMs);
      });
      const recorded = await Promise.race([join(parsed.events, call), late]);
      clearTimeout(timer);
      if (recorded !== 'late') {
        // Refused, the gateway would repeat the call in vain, and with it the events beside an unknown one.
        for (const description of parsed.unknown) onUnknown(mask(description));
        return { status: 200, text: parsed.reply };
      }
      onRefused('the ledger does not answer in time');
    } catch (cause) {
      onRefused(cause instanceof Error ? cause.message : String(cause));
    }
    return { status: 503, text: 'the event could not be recorded; call again' };
  };
}

/** Recognizes the words of an event as it was received, then masks its secrets. */
function toIncoming(event: WebhookEvent, words: ConsentKeywords, masks: Masks): IncomingEvent {
  const redacted = { event: redactEvent(event, masks) };
  if (event.kind !== 'inbound' || event.inbound.text === null) return redacted;
  return {
    ...redacted,
    consent: detectConsentKeyword(event.inbound.text, words, [event.inbound.to, words.sender]),
  };
}
