import { namedWords, templateOf } from '../../actions/find-template.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { contextFlags } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { interval, templateChannel, timeout } from '../../input/flags.ts';
import type { Template } from '../../message/template.ts';
import { isReviewed, review } from '../../services/template-approval.ts';
import { printRows } from '../../views/rows.ts';
import { streamRows } from '../../views/rows-stream.ts';
import { templateColumns } from '../../views/template.ts';

export default command({
  fields: {
    channel: templateChannel,
    interval,
    timeout: { ...timeout, summary: 'how long to wait (default 5m)' },
  },
  operands: { placeholder: 'ID', summary: 'id of a template', many: false, needed: true, known: 'templates' },
  columns: templateColumns,
  examples: [
    ['Wait until it is approved', 'templates watch template_9f2c'],
    ['For a day, asking every five minutes', 'templates watch template_9f2c --timeout 24h --interval 5m'],
  ],
  notes: 'Ends with 0 when it is approved, 1 when it is rejected, 5 when time runs out.',
  async run(values, context, words) {
    const { ID: id } = namedWords(words, ['ID']);
    const { clock, talk, settings } = context;
    const onward = `\`qlara templates watch ${id}${contextFlags(context)}\` goes on waiting`;
    const deadline = clock.monotonic() + values.timeout;
    const begun = await templateOf(id, values.channel, context);
    context.howToGoOn(onward);
    if (begun.status === 'unknown') talk.note('note: the gateway does not tell whether it is approved');
    const changes = review(begun, await context.templates(), values.interval, deadline, {
      clock,
      note: talk.note,
    });
    const seen: Template[] = [];
    if (settings.format === 'ndjson') await streamRows(templateColumns, kept(changes, seen), context);
    else await atEnd(changes, seen, context);
    const last = seen.at(-1) ?? begun;
    if (!isReviewed(last))
      fail('pending', 'template.pending', `time ran out: template ${id} is ${last.status}`, onward);
    return last.status === 'approved' ? 'ok' : 'failed';
  },
});

async function* kept(changes: AsyncIterable<Template>, seen: Template[]): AsyncGenerator<Template> {
  for await (const one of changes) {
    seen.push(one);
    yield one;
  }
}

/** Only the last state is a row: a script wants to know how it ended. */
async function atEnd(changes: AsyncIterable<Template>, seen: Template[], context: Context): Promise<void> {
  context.talk.busy('waiting for approval');
  try {
    for await (const one of changes) seen.push(one);
  } finally {
    context.talk.still();
  }
  await printRows(templateColumns, seen.slice(-1), context);
}
