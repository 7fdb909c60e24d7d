import { fail } from '../../errors.ts';
import { reply, replyPlan } from '../../flow/reply.ts';
import { force } from '../../input/consent-fields.ts';
import { messageText } from '../../input/content.ts';
import { id, message } from '../../input/fields.ts';
import { command } from '../command.ts';
import { contextFlags } from '../context-flags.ts';
import { deliveryColumns } from '../delivery-columns.ts';
import { endOf } from '../end.ts';
import { refuseUnwanted } from '../send/consent.ts';
import { show } from '../show.ts';
import { namedWords } from '../templates/find.ts';
import { chatOf } from './find.ts';

export default command({
  fields: { message: { ...message, presence: 'needed' as const }, id, force },
  operands: {
    placeholder: 'CHAT',
    summary: 'id of a conversation, or the number of who wrote',
    many: false,
    needed: true,
  },
  columns: deliveryColumns,
  examples: [['Answer the one who wrote', 'inbox reply +393901234567 --message "Thank you, see you at ten"']],
  notes:
    'It goes out on the channel of the conversation. Outside the 24 hours of WhatsApp it needs a template: `qlara send whatsapp`.',
  async run(values, context, words) {
    const { CHAT } = namedWords(words, ['CHAT']);
    const text = await messageText(values.message, context.io);
    if (text === undefined || text.trim() === '')
      fail('usage', 'text.empty', 'the message is empty', 'write the text with --message');
    const inbox = await context.inbox();
    const tools = await context.tools();
    const chat = await chatOf(CHAT, { inbox, ledger: tools.ledger }, context);
    const own = values.id ?? context.newId();
    context.howToGoOn(`\`qlara status${contextFlags(context)} ${own}\` shows what became of it`);
    const plan = replyPlan(own, chat, text, values.force);
    const isNew = values.id === undefined || (await tools.ledger.find(own)) === undefined;
    if (isNew && values.force === undefined) await refuseUnwanted([plan], tools.ledger, context);
    const { delivery, repeated } = await reply(plan, inbox, tools);
    if (repeated) context.talk.note(`note: ${own} was sent before; it is not sent again`);
    await show(once([delivery]), { each: false, live: false, detailed: false }, context);
    return endOf([delivery], false);
  },
});

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
