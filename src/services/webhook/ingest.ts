import { redactBody } from '../../gateway/http/redact.ts';
import { parseWebhook } from '../../gateway/webhook/events.ts';
import type { Reply, WebhookCall } from '../../gateway/webhook/server.ts';
import type { IncomingEvent, RecordedEvent } from '../../ledger/api.ts';
import { detectConsentKeyword } from '../../message/consent.ts';
import type { ConsentKeywords } from '../../message/opt-out.ts';
import type { WebhookEvent } from '../../message/webhook.ts';
import type { Deps } from '../deps.ts';

export interface ListenOptions {
  /** Words by which people opt out, and in again. */
  words: ConsentKeywords;
  /** Where calls are to be passed on to. */
  forwardTo: readonly string[];
  /** Takes our own secrets out, which a gateway may repeat. */
  mask(text: string): string;
  /** Told of what was kept, in groups. */
  noted(noted: readonly RecordedEvent[]): void;
  /** Told of a call that was not taken, and why in a few words. */
  refused(why: string): void;
}

/** The answer must be there within a second; what is kept later is told again, and known then. Milliseconds. */
const patience = 900;

/**
 * Takes webhook calls: what they tell is in the ledger before they are answered. All that comes in during a turn of
 * the event loop is kept in one commit: alone, each would wait for the disk.
 */
export function openIngest(
  { words, forwardTo, mask, noted, refused }: ListenOptions,
  { ledger, clock }: Pick<Deps, 'ledger' | 'clock'>,
): (call: WebhookCall) => Promise<Reply> {
  interface Group {
    hearsay: IncomingEvent[];
    calls: WebhookCall[];
    kept: Promise<void>;
  }
  let group: Group | undefined;

  async function keep({ hearsay, calls }: Omit<Group, 'kept'>): Promise<void> {
    const forwards = forwardTo.flatMap((url) => calls.map(({ type, text }) => ({ url, type, body: text })));
    noted(await ledger.events.record(hearsay, forwards, clock.now()));
  }

  function join(heard: readonly WebhookEvent[], call: WebhookCall): Promise<void> {
    if (group === undefined) {
      const next = { hearsay: [] as IncomingEvent[], calls: [] as WebhookCall[] };
      const kept = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        group = undefined;
        return keep(next);
      });
      group = { ...next, kept };
    }
    group.hearsay.push(...heard.map((one) => hearsayOf(one, words)));
    group.calls.push(call);
    return group.kept;
  }

  return async ({ type, text }) => {
    const told = parseWebhook(type, text, clock.now(), mask);
    if (told === undefined) {
      refused('no event that is known');
      return { status: 422, text: 'no event that is known' };
    }
    try {
      let timer: NodeJS.Timeout | undefined;
      // Only what is passed on is kept as it came.
      const call = { type: mask(type), text: forwardTo.length > 0 ? redactBody(type, text, mask) : '' };
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), patience);
      });
      const kept = await Promise.race([join(told.events, call), late]);
      clearTimeout(timer);
      if (kept !== 'late') return { status: 200, text: told.reply };
      refused('the disk is slow');
    } catch (cause) {
      refused(cause instanceof Error ? cause.message : String(cause));
    }
    return { status: 503, text: 'it could not be kept; call again' };
  };
}

function hearsayOf(heard: WebhookEvent, words: ConsentKeywords): IncomingEvent {
  if (heard.kind !== 'inbound' || heard.inbound.text === null) return { event: heard };
  return { event: heard, consent: detectConsentKeyword(heard.inbound.text, words) };
}
