import { findChats } from '../../actions/find-conversation.ts';
import { readArguments } from '../../actions/find-template.ts';
import { refuseUnwanted } from '../../actions/recipient-guard.ts';
import { readOverrides } from '../../actions/send-request.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { Failure, fail } from '../../errors.ts';
import type { Inbox } from '../../gateway/inbox.ts';
import {
  chatChannel,
  country,
  force,
  id,
  ignoreWindow,
  overrideOptOut,
  replyText,
} from '../../input/flags.ts';
import { readMessageText } from '../../input/text.ts';
import { type Conversation, isLocalChat } from '../../message/conversation.ts';
import type { Delivery } from '../../message/delivery.ts';
import { findPlaceholders, renderText } from '../../message/placeholders.ts';
import { type ConversationSources, listMessages } from '../../services/conversations.ts';
import type { DeliveryStep } from '../../services/dispatch/deliver.ts';
import { reply, replyPlan } from '../../services/dispatch/reply.ts';
import { show } from '../../views/deliveries.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';
import { getExitKind } from '../../views/exit-status.ts';

export default command({
  flags: { message: replyText, channel: chatChannel, country, id, overrideOptOut, ignoreWindow, force },
  operands: {
    placeholder: 'CHAT',
    summary: 'id of a conversation, or the number of the other person',
    many: false,
    required: true,
  },
  columns: deliveryColumns,
  examples: [['Reply to a number', 'inbox reply +393901234567 --message "Thank you, see you at ten"']],
  notes:
    'Replies on the channel of the conversation. Outside the 24-hour window of WhatsApp, send a template instead: `qlara send whatsapp`.',
  async run(values, context, words) {
    const { CHAT } = readArguments(words, ['CHAT']);
    const written = await readMessageText(values.message, context.io);
    if (written === undefined || written.trim() === '')
      fail('usage', 'text.empty', 'the message is empty', 'add --message TEXT');
    const text = readReply(written);
    const inbox = await context.inbox();
    const deps = await context.deps();
    const known = {
      ledger: deps.ledger,
      words: context.settings.consentWords,
      now: context.clock.now(),
      note: context.notices.info,
    };
    const find = (inbox: Inbox | undefined) =>
      findChats(
        { word: CHAT, channel: values.channel, country: values.country },
        { ...known, inbox },
        context,
      );
    const [chat, ...others] = await find(inbox).catch((cause: unknown) => {
      if (cause instanceof Failure && cause.code === 'inbox.none') return find(undefined);
      throw cause;
    });
    if (others.length > 0)
      fail(
        'usage',
        'chat.several',
        `there are several conversations with ${chat.phone}: ${[chat, ...others].map((one) => one.chat).join(', ')}`,
        'use the id of one, or --channel',
      );
    if (isLocalChat(chat))
      fail(
        'usage',
        'inbox.none',
        `the gateway has no conversation with ${chat.phone} to reply to`,
        `\`qlara send ${chat.channel} --to ${chat.phone}${repeatFlags(context)}\` sends a new message`,
      );
    const own = values.id ?? context.newId();
    context.setResumeHint(`\`qlara status${repeatFlags(context)} ${own}\` shows its status`);
    const plan = replyPlan(own, chat, text, readOverrides(values));
    const isNew = values.id === undefined || (await deps.ledger.find(own)) === undefined;
    if (isNew) {
      await readConsent(chat, { ...known, inbox }, context);
      await refuseUnwanted([plan], deps.ledger, context);
    }
    const print = (delivery: Delivery) =>
      show(once([delivery]), { each: false, live: false, detailed: false }, context);
    let last: DeliveryStep | undefined;
    for await (last of reply(plan, inbox, deps));
    if (last === undefined) throw new Error(`the ledger has no record of ${own}`);
    const { delivery, repeated, problem } = last;
    if (problem === null && repeated)
      context.notices.info(`note: ${own} was sent before; it is not sent again`);
    if (problem === null || problem.kind === 'doubt') await print(delivery);
    if (problem) throw problem;
    return getExitKind([delivery], false);
  },
});

/** Records an opt-out in the conversation; notes a conversation that cannot be read. */
async function readConsent(
  chat: Conversation,
  sources: ConversationSources,
  { notices }: Context,
): Promise<void> {
  try {
    await listMessages(chat, sources);
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
    notices.info(`note: an opt-out in the conversation may be missing: ${cause.message}`);
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** Returns the text of a reply, which has no placeholders: without values, the recipient would read their names. */
function readReply(written: string): string {
  const [name] = findPlaceholders(written);
  if (name !== undefined)
    fail(
      'usage',
      'placeholder.missing',
      `a reply has no value for {${name}}`,
      'write the text itself; \\{ and \\} are literal braces',
    );
  return renderText(written, {}).normalize('NFC');
}
