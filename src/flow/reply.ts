import { fail } from '../errors.ts';
import type { Inbox } from '../gateway/inbox.ts';
import { longestWait } from '../gateway/retry.ts';
import type { Conversation } from '../message/conversation.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Plan } from '../message/message.ts';
import type { Phone } from '../message/phone.ts';
import { outcomeEvent } from './outcome.ts';
import type { Tools } from './tools.ts';

/**
 * An answer: any text, on the conversation's channel. `forced`: why it is sent though they have opted out, or nobody
 * can know whether WhatsApp still takes it.
 */
export function replyPlan(id: string, conversation: Conversation, text: string, forced?: string): Plan {
  const { channel, chat, phone } = conversation;
  const message = { chain: [channel], text, template: null, variables: {}, sender: null, simulation: false };
  return { id, to: phone as Phone, message, chat, ...(forced !== undefined && { forced }) };
}

/**
 * Answers in a conversation that the gateway keeps, once at the most: recorded before its request leaves, and never
 * repeated, since nobody can ask about it by our id. What was answered under the id before is only returned.
 * @throws Failure `send.in-doubt` where nobody knows, `gateway.*` where it was surely not taken
 */
export async function reply(
  plan: Plan,
  inbox: Inbox,
  { ledger, clock, owner, note }: Pick<Tools, 'ledger' | 'clock' | 'owner' | 'note'>,
): Promise<{ delivery: Delivery; repeated: boolean }> {
  const { id } = plan;
  const until = clock.now() + longestWait;
  const [queued] = await ledger.queue([plan], clock.now());
  for (;;) {
    const { claimed, delivery } = await ledger.claim(plan, owner, clock.now());
    if (!claimed) {
      if (delivery.phase === 'taken' || delivery.phase === 'refused') return { delivery, repeated: true };
      return inDoubt(plan, 'its request was cut off');
    }
    const outcome = await inbox.reply(plan.chat ?? '', id, plan.message.text ?? '');
    const [after = delivery] = await ledger.append([
      { id, event: outcomeEvent(delivery, outcome, clock.now()) },
    ]);
    switch (outcome.kind) {
      case 'accepted':
      case 'refused':
        return { delivery: after, repeated: queued?.isNew === false };
      case 'doubt':
        return inDoubt(plan, outcome.reason);
      case 'barred':
        return fail('setup', outcome.code, outcome.reason, outcome.hint);
      case 'unsent':
        return notTaken(id, 'gateway.unreachable', outcome.reason);
      case 'limited':
        if (clock.now() + outcome.wait > until) return notTaken(id, 'gateway.limited', outcome.reason);
        note(`the gateway asks to wait ${Math.ceil(outcome.wait / 1000)} s`);
        await clock.sleep(outcome.wait);
    }
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

function inDoubt({ id, chat }: Plan, reason: string): never {
  fail(
    'doubt',
    'send.in-doubt',
    `${id} may have been sent: ${reason}`,
    `\`qlara inbox show ${chat}\` tells whether it is there; only then write it again`,
  );
}
