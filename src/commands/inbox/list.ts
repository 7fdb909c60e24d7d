import { openSources, withWindow } from '../../actions/find-conversation.ts';
import { followConversation } from '../../actions/follow-conversation.ts';
import { noteZone } from '../../actions/note-zone.ts';
import { command } from '../../app/command.ts';
import {
  follow,
  followInterval as interval,
  limit,
  refresh,
  since,
  channel as theChannel,
  unread,
} from '../../input/flags.ts';
import { pickColumns } from '../../output/columns.ts';
import { listConversations } from '../../services/conversations.ts';
import { type ConversationRow, chatColumns, chatKeys } from '../../views/conversation.ts';
import { isInteractive } from '../../views/rows.ts';
import { streamRows } from '../../views/rows-stream.ts';

const defaultLimit = 50;

export default command({
  flags: {
    unread,
    channel: { ...theChannel, summary: 'filter by channel: whatsapp, rcs, sms' },
    since: {
      ...since,
      summary: 'only conversations with a message since a time: 1h, 7d, yesterday or ISO 8601',
    },
    limit: { ...limit, summary: 'maximum number of conversations, latest first (default 50)' },
    follow,
    interval,
    refresh,
  },
  columns: chatColumns,
  examples: [
    ['List conversations with unread messages', 'inbox list --unread'],
    ['Stream new messages to a script', 'inbox list --follow -o ndjson'],
  ],
  notes:
    'Lists the conversations at the gateway and those that `qlara listen` recorded. Records opt-outs in all messages since the last look. windowUntil is the time until which WhatsApp accepts free-form messages.',
  async run({ unread, channel, since, limit = defaultLimit, follow, interval, refresh }, context) {
    const withSources = await openSources(refresh, follow, context);
    const filter = { unread, channel, since: noteZone('since', since, context) };
    const look = () =>
      withSources(async (sources) => withWindow(await listConversations(filter, limit, sources), sources));
    const shown = isInteractive(context)
      ? pickColumns(chatColumns, chatKeys(context.io.stdout.columns))
      : chatColumns;
    const count = await streamRows(
      shown,
      followConversation(look, conversationKey, follow ? interval : undefined, context),
      context,
    );
    if (count === 0 && !context.outputClosed()) context.notices.info('no conversations');
    return 'ok';
  },
});

/** Returns a key that changes when a conversation has to be printed again: after a new message, or when it is read. */
function conversationKey({ chat, at, unread }: ConversationRow): string {
  return `${chat} ${at} ${unread}`;
}
