import { chatsOf, sources, windowed } from '../../actions/find-conversation.ts';
import { namedWords } from '../../actions/find-template.ts';
import { following } from '../../actions/follow-conversation.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { chatChannel, follow, followInterval as interval, markRead, refresh } from '../../input/flags.ts';
import { utterances } from '../../services/conversations.ts';
import { head, type Said, saidColumns, talkView } from '../../views/conversation.ts';
import { isForEyes } from '../../views/rows.ts';
import { streamRows } from '../../views/rows-stream.ts';

export default command({
  fields: { channel: chatChannel, follow, interval, refresh, markRead },
  operands: {
    placeholder: 'CHAT',
    summary: 'id of a conversation, or the number of who wrote',
    many: false,
    needed: true,
  },
  columns: saidColumns,
  examples: [
    ['What was said', 'inbox show +393901234567'],
    ['And what comes', 'inbox show +393901234567 --follow'],
  ],
  async run({ channel, follow, interval, refresh, markRead }, context, words) {
    const { CHAT } = namedWords(words, ['CHAT']);
    const use = await sources(refresh, follow, context);
    const [chat, ...others] = await use((sources) => chatsOf(CHAT, channel, sources, context));
    if (others.length > 0)
      context.talk.note(
        `note: there are others with ${chat.phone}: ${others.map((one) => one.chat).join(', ')}; --channel chooses`,
      );
    const look = () =>
      use(async (sources) =>
        (await utterances(chat, sources)).map(
          (one): Said => ({ ...one, channel: chat.channel, phone: chat.phone }),
        ),
      );
    const rows = following(look, keyOf, follow ? interval : undefined, context);
    if (isForEyes(context)) await drawn(rows, chat, context);
    else await streamRows(saidColumns, rows, context);
    if (markRead) await (await context.inbox()).markRead(chat.chat);
    return 'ok';
  },
});

async function drawn(
  rows: AsyncIterable<Said>,
  chat: Parameters<typeof windowed>[0][number],
  context: Context,
): Promise<void> {
  const view = await talkView(context);
  let begun = false;
  for await (const row of rows) {
    if (!begun) {
      // Once they are read, since that may tell when they last wrote.
      const [shown] = await windowed([chat], { ledger: await context.ledger(), now: context.clock.now() });
      if (shown) view.print(head(shown, context.clock.now()));
    }
    begun = true;
    view.tell(row);
  }
}

/** A change of status is worth a line too. */
function keyOf({ direction, id, text, at, status }: Said): string {
  return direction === 'out' && id !== null ? `${id} ${status}` : `${direction} ${text} ${at}`;
}
