import { findTemplate, readArguments } from '../../actions/find-template.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { fail } from '../../errors.ts';
import { interval, templateChannel, timeout } from '../../input/flags.ts';
import type { Template } from '../../message/template.ts';
import { isDecided, watchApproval } from '../../services/template-approval.ts';
import { printRows } from '../../views/rows.ts';
import { streamRows } from '../../views/rows-stream.ts';
import { templateColumns } from '../../views/template.ts';

export default command({
  flags: {
    channel: templateChannel,
    interval,
    timeout: { ...timeout, summary: 'maximum time to wait (default 5m)' },
  },
  operands: {
    placeholder: 'ID',
    summary: 'id of a template',
    many: false,
    required: true,
    known: 'templates',
  },
  columns: templateColumns,
  examples: [
    ['Wait for a decision on a template', 'templates watch template_9f2c'],
    [
      'Wait up to a day, asking every five minutes',
      'templates watch template_9f2c --timeout 24h --interval 5m',
    ],
  ],
  notes: 'Exits with 0 if the template is approved, 1 if it is rejected, 5 if time runs out.',
  async run(values, context, words) {
    const { ID: id } = readArguments(words, ['ID']);
    const { clock, notices, settings } = context;
    const resumeHint = `\`qlara templates watch ${id}${repeatFlags(context)}\` continues waiting`;
    const deadline = clock.monotonic() + values.timeout;
    const initial = await findTemplate(id, values.channel, context);
    context.setResumeHint(resumeHint);
    if (initial.status === 'unknown')
      notices.info('note: the gateway does not report whether it is approved');
    const changes = watchApproval(initial, await context.templates(), values.interval, deadline, {
      clock,
      note: notices.info,
    });
    const seen: Template[] = [];
    if (settings.format === 'ndjson') await streamRows(templateColumns, collect(changes, seen), context);
    else await printFinal(changes, seen, context);
    const last = seen.at(-1) ?? initial;
    if (!isDecided(last))
      fail('pending', 'template.pending', `timed out: template ${id} is ${last.status}`, resumeHint);
    return last.status === 'approved' ? 'ok' : 'failed';
  },
});

/** Passes the changes on and adds each to `seen`. */
async function* collect(changes: AsyncIterable<Template>, seen: Template[]): AsyncGenerator<Template> {
  for await (const one of changes) {
    seen.push(one);
    yield one;
  }
}

/** Waits for the last state and prints only that one. */
async function printFinal(
  changes: AsyncIterable<Template>,
  seen: Template[],
  context: Context,
): Promise<void> {
  context.notices.startSpinner('waiting for approval');
  try {
    for await (const one of changes) seen.push(one);
  } finally {
    context.notices.stopSpinner();
  }
  await printRows(templateColumns, seen.slice(-1), context);
}
