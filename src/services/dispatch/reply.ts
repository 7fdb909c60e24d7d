import { Failure } from '../../errors.ts';
import type { Inbox } from '../../gateway/inbox.ts';
import type { Conversation } from '../../message/conversation.ts';
import type { Delivery } from '../../message/delivery.ts';
import { emptyMessage, type Overrides, type Plan } from '../../message/message.ts';
import type { Phone } from '../../message/phone.ts';
import type { Deps } from '../deps.ts';
import { type ReconcileResult, remainingMs } from '../reconcile.ts';
import { singlePolicy } from './circuit-breaker.ts';
import { type DeliveryStep, deliver } from './deliver.ts';
import type { SendChannel } from './message-source.ts';

/** Returns the plan of an answer: any text, on the conversation's channel. */
export function replyPlan(
  id: string,
  conversation: Conversation,
  text: string,
  overrides: Overrides | undefined,
): Plan {
  const { channel, chat, phone } = conversation;
  const message = { ...emptyMessage([channel]), text };
  const plan = { id, to: phone as Phone, message, chat };
  return overrides === undefined ? plan : { ...plan, overrides };
}

/**
 * Answers in a conversation that the gateway keeps, and yields every change. The status call does not know an answer by
 * our id, so an answer in doubt is looked for in its conversation, and never sent again.
 * @throws Failure `id.reused`, `ledger.unusable`
 */
export function reply(plan: Plan, inbox: Inbox, deps: Deps): AsyncGenerator<DeliveryStep> {
  return deliver([plan], deps, {
    channel: conversationChannel(inbox, deps),
    breaker: { ...singlePolicy, maxRetries: 0 },
    inDoubt: (delivery, reason) => inDoubt(delivery, reason, deps),
  });
}

function conversationChannel(inbox: Inbox, deps: Deps): SendChannel {
  return {
    send: ({ id, chat = '', message }, mayLeave) => inbox.reply(chat, id, message.text ?? '', mayLeave),
    async reconcile(doubts) {
      const results = new Map<string, ReconcileResult>();
      for (const doubt of doubts) results.set(doubt.plan.id, await findInConversation(doubt, inbox, deps));
      return results;
    },
  };
}

/** The largest difference between the gateway's clock and ours, in milliseconds. */
const clockSkewMs = 60_000;

/** Looks for an answer in its conversation. A missing answer proves nothing. */
async function findInConversation(doubt: Delivery, inbox: Inbox, deps: Deps): Promise<ReconcileResult> {
  const { clock } = deps;
  const { id, message } = doubt.plan;
  const asked = deps.ledger.clock.monotonic();
  const found = await findId(doubt, inbox, deps);
  if (found === undefined)
    return {
      kind: 'unproven',
      reason: doubt.reason ?? 'the request was cut off',
      remainingMs: remainingMs(doubt, asked, deps),
    };
  return {
    kind: 'accepted',
    events: [
      {
        kind: 'accepted',
        at: clock.now(),
        channel: message.chain[0] ?? 'sms',
        gatewayId: found === id ? null : found,
        simulation: false,
        shown: true,
      },
    ],
  };
}

/** Returns the id that the gateway gives an answer: ours, its own, or null for none; undefined if it does not show it. */
async function findId(
  { plan, intent, createdAt }: Delivery,
  inbox: Inbox,
  { ledger }: Deps,
): Promise<string | null | undefined> {
  const { id, chat = '', message } = plan;
  const sentAt = intent?.at ?? createdAt;
  try {
    for await (const one of inbox.messages(chat)) {
      if (one.direction !== 'out') continue;
      if (one.id === id) return id;
      const isAlike = one.text === message.text && one.at >= sentAt - clockSkewMs;
      // Another answer with the same words has an id that the ledger knows.
      if (isAlike && (one.id === null || (await ledger.find(one.id)) === undefined)) return one.id;
    }
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
  }
  return undefined;
}

function inDoubt({ plan: { id, chat } }: Delivery, reason: string, { flags }: Deps): Failure {
  return new Failure(
    'doubt',
    'send.in-doubt',
    `${id} may have been sent: ${reason}`,
    `\`qlara inbox show${flags} ${chat}\` tells whether it is there; \`qlara resolve${flags} ${id} --sent --reason TEXT\` (or --not-sent) settles it`,
  );
}
