import { findChats, openSources, withWindow } from '../../actions/find-conversation.ts';
import { readArguments } from '../../actions/find-template.ts';
import { followConversation } from '../../actions/follow-conversation.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import {
  chatChannel,
  country,
  follow,
  followInterval as interval,
  markRead,
  refresh,
} from '../../input/flags.ts';
import { listMessages } from '../../services/conversations.ts';
import {
  type ConversationEntry,
  conversationView,
  formatHeading,
  messageColumns,
} from '../../views/conversation.ts';
import { isInteractive } from '../../views/rows.ts';
import { streamRows } from '../../views/rows-stream.ts';

export default command({
  flags: { channel: chatChannel, country, follow, interval, refresh, markRead },
  operands: {
    placeholder: 'CHAT',
    summary: 'id of a conversation, or the number of the other person',
    many: false,
    required: true,
  },
  columns: messageColumns,
  examples: [
    ['Show a conversation', 'inbox show +393901234567'],
    ['Keep showing new messages', 'inbox show +393901234567 --follow'],
  ],
  async run({ channel, country, follow, interval, refresh, markRead }, context, words) {
    const { CHAT } = readArguments(words, ['CHAT']);
    const withSources = await openSources(refresh, follow, context);
    const [chat, ...others] = await withSources((sources) =>
      findChats({ word: CHAT, channel, country }, sources, context),
    );
    if (others.length > 0)
      context.notices.info(
        `note: other conversations with ${chat.phone}: ${others.map((one) => one.chat).join(', ')}; choose with --channel`,
      );
    const look = () =>
      withSources(async (sources) =>
        (await listMessages(chat, sources)).map(
          (one): ConversationEntry => ({ ...one, channel: chat.channel, phone: chat.phone }),
        ),
      );
    const rows = followConversation(look, messageKey, follow ? interval : undefined, context);
    if (isInteractive(context)) await draw(rows, chat, context);
    else await streamRows(messageColumns, rows, context);
    if (markRead) await (await context.inbox()).markRead(chat.chat);
    return 'ok';
  },
});

async function draw(
  rows: AsyncIterable<ConversationEntry>,
  chat: Parameters<typeof withWindow>[0][number],
  context: Context,
): Promise<void> {
  const view = await conversationView(context);
  let hasHeader = false;
  for await (const row of rows) {
    if (!hasHeader) {
      // Only after the messages were read: they may show when the person last wrote.
      const [shown] = await withWindow([chat], { ledger: await context.ledger(), now: context.clock.now() });
      if (shown) view.print(formatHeading(shown, context.clock.now()));
    }
    hasHeader = true;
    view.add(row);
  }
}

/** Returns a key that changes when a message has to be printed again: when its status changes. */
function messageKey({ direction, id, text, at, status }: ConversationEntry): string {
  return direction === 'out' && id !== null ? `${id} ${status}` : `${direction} ${text} ${at}`;
}
