import { Failure, fail } from '../errors.ts';
import { maxTotalWaitMs } from '../gateway/http/retry.ts';
import type { Inbox } from '../gateway/partner/inbox.ts';
import type { Conversation } from '../message/conversation.ts';
import type { Delivery } from '../message/delivery.ts';
import { isSameSend, type Plan } from '../message/message.ts';
import type { Phone } from '../message/phone.ts';
import { reusedId } from './deliver.ts';
import type { Deps } from './deps.ts';
import { outcomeEvent } from './outcome.ts';
import { reconcileIntervalMs, resendableAt } from './reconcile.ts';

/**
 * An answer: any text, on the conversation's channel. `overrideReason`: why it is sent though they have opted out, or nobody
 * can know whether WhatsApp still takes it.
 */
export function replyPlan(
  id: string,
  conversation: Conversation,
  text: string,
  overrideReason?: string,
): Plan {
  const { channel, chat, phone } = conversation;
  const message = { chain: [channel], text, template: null, variables: {}, sender: null, simulation: false };
  return { id, to: phone as Phone, message, chat, ...(overrideReason !== undefined && { overrideReason }) };
}

/**
 * Answers in a conversation that the gateway keeps, once at the most: recorded before its request leaves, and never
 * repeated, since nobody can ask about it by our id. Where its outcome is not known it is looked for in the conversation.
 * What was answered under the id before is only returned.
 * @throws Failure `id.reused`, `send.in-doubt` where it is not known to be sent, `gateway.*` where it surely was not taken
 */
export async function reply(
  plan: Plan,
  inbox: Inbox,
  tools: Deps,
): Promise<{ delivery: Delivery; repeated: boolean }> {
  const { ledger, clock, gateway, note } = tools;
  const { id } = plan;
  const until = clock.monotonic() + maxTotalWaitMs;
  const [queued] = await ledger.queue([plan], clock.now());
  if (queued && !isSameSend(plan, queued.delivery.plan)) throw reusedId(id);
  for (;;) {
    const { claimed, delivery } = await ledger.claim(plan, gateway.route, clock.now());
    if (!claimed) {
      if (delivery.phase === 'accepted' || delivery.phase === 'refused') return { delivery, repeated: true };
      return { delivery: await find(delivery, inbox, tools), repeated: true };
    }
    const outcome = await inbox.reply(plan.chat ?? '', id, plan.message.text ?? '');
    const [after = delivery] = await ledger.append([{ id, event: outcomeEvent(delivery, outcome, clock) }]);
    switch (outcome.kind) {
      case 'accepted':
      case 'refused':
        return { delivery: after, repeated: queued?.isNew === false };
      case 'doubt':
        return { delivery: await find(after, inbox, tools), repeated: false };
      case 'fatal':
        return fail('setup', outcome.code, outcome.reason, outcome.hint);
      case 'notSent':
        return notTaken(id, 'gateway.unreachable', outcome.reason);
      case 'rateLimited':
        if (clock.monotonic() + outcome.wait > until) return notTaken(id, 'gateway.limited', outcome.reason);
        note(`the gateway asks to wait ${Math.ceil(outcome.wait / 1000)} s`);
        await clock.sleep(outcome.wait);
    }
  }
}

/** How far the gateway's clock may be behind ours, in milliseconds. */
const clockSkewMs = 60_000;

/**
 * Looks in its conversation for an answer that may have been sent, until the grace is over.
 * @throws Failure `send.in-doubt` where it is not there, which does not prove that it was not sent
 */
async function find(doubt: Delivery, inbox: Inbox, tools: Deps): Promise<Delivery> {
  const { ledger, clock } = tools;
  const { id, chat = '', message } = doubt.plan;
  const sentAt = doubt.intent?.at ?? doubt.createdAt;
  for (let current = doubt; ; ) {
    clock.checkpoint();
    current = await ledger.abandon(current, clock.now());
    if (current.phase === 'accepted' || current.phase === 'refused') return current;
    const asked = clock.monotonic();
    const shown = await look();
    if (shown !== undefined) {
      const gatewayId = shown === id ? null : shown;
      const accepted = {
        kind: 'accepted',
        at: clock.now(),
        channel: message.chain[0] ?? 'sms',
        gatewayId,
        simulation: false,
        shown: true,
      } as const;
      return (await ledger.append([{ id, event: accepted }]))[0] ?? current;
    }
    const end = resendableAt(current, tools);
    if (asked >= end) return inDoubt(current, current.reason ?? 'its request was cut off', tools);
    await clock.sleep(Math.min(reconcileIntervalMs, Math.max(end - clock.monotonic(), 1)));
  }

  /** The gateway's id of the answer; null where it has none. */
  async function look(): Promise<string | null | undefined> {
    try {
      for await (const one of inbox.messages(chat)) {
        if (one.direction !== 'out') continue;
        if (one.id === id) return id;
        const isAlike = one.text === message.text && one.at >= sentAt - clockSkewMs;
        // Another answer of the same words is one that is known here by its id.
        if (isAlike && (one.id === null || (await ledger.find(one.id)) === undefined)) return one.id;
      }
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
    }
    return undefined;
  }
}

function notTaken(id: string, code: string, reason: string): never {
  fail(
    'gateway',
    code,
    `the gateway does not take it: ${reason}`,
    `nothing was sent; run the same command again with --id ${id}`,
  );
}

function inDoubt({ plan: { id, chat } }: Delivery, reason: string, { flags }: Deps): never {
  fail(
    'doubt',
    'send.in-doubt',
    `${id} may have been sent: ${reason}`,
    `\`qlara inbox show${flags} ${chat}\` tells whether it is there; \`qlara resolve${flags} ${id} --sent --reason TEXT\` (or --not-sent) settles it`,
  );
}
