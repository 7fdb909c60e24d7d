import type { Tally } from '../../flow/bulk/import.ts';
import { timeFor } from '../../ledger/pace.ts';
import type { Bulk, Count } from '../../message/bulk.ts';
import type { Plan } from '../../message/message.ts';
import { counted } from '../../message/parts.ts';
import { shorten } from '../../output/width.ts';
import type { Context } from '../context.ts';
import { lengthOf, many, sum } from './amounts.ts';
import { limitsOf } from './limits.ts';

/** Says what would be sent, and asks whether to where `asks`. */
export async function approve(
  bulk: Bulk,
  tally: Tally,
  rejects: string | undefined,
  asks: boolean,
  context: Context,
): Promise<boolean> {
  const { talk, io } = context;
  const limits = limitsOf(bulk, context);
  const example = await firstOf(bulk, context);
  const way = bulk.common.chain.join(', then ');
  talk.note(
    `${many(bulk.rows, 'message')} by ${way}, from ${bulk.source}${bulk.name ? ` (${bulk.name})` : ''}`,
  );
  if (tally.parts > 0)
    talk.note(
      `  as SMS     ${counted(tally.parts)}: ${many(tally.gsm7, 'text')} in gsm7, ${tally.ucs2.toLocaleString('en')} in ucs2`,
    );
  const left = [
    ...(tally.doubles > 0 ? [`${many(tally.doubles, 'double')} (--allow-duplicates sends them)`] : []),
    ...(tally.invalid > 0 ? [many(tally.invalid, 'invalid row')] : []),
    ...(tally.known > 0 ? [`${tally.known.toLocaleString('en')} whose id was used before`] : []),
  ];
  if (left.length > 0)
    talk.note(`  left out   ${left.join(', ')}${rejects ? `, written to ${rejects}` : ''}`);
  if (tally.empty > 0) talk.note(`  warning    ${many(tally.empty, 'value')} of placeholders are empty`);
  talk.note(
    limits === null
      ? '  time       as fast as the sandbox answers'
      : `  time       ${lengthOf(timeFor(bulk.rows, limits))} at least, at ${bulk.rate === null ? 'the documented pace' : `${bulk.rate} a second`}`,
  );
  if (example) talk.note(shorten(`  for one    ${said(example)}`, Math.max(io.stderr.columns, 40) - 1, '…'));
  if (!asks) return true;
  const ask = await context.ask();
  return ask.confirm(`Send ${bulk.rows === 1 ? 'it' : 'them'}?`);
}

/** Says how far a bulk is that is sent on, and asks whether to go on where `asks`. */
export async function approveMore(
  bulk: Bulk,
  counts: readonly Count[],
  asks: boolean,
  context: Context,
): Promise<boolean> {
  const queued = sum(counts.filter(({ status }) => status === 'queued'));
  const doubt = sum(counts.filter(({ status }) => status === 'unknown'));
  context.talk.note(
    `bulk ${bulk.id}${bulk.name ? ` (${bulk.name})` : ''} of ${new Date(bulk.createdAt).toISOString()}: ${many(bulk.rows, 'message')}, ${queued.toLocaleString('en')} not sent yet${doubt > 0 ? `, ${doubt.toLocaleString('en')} in doubt` : ''}`,
  );
  if (!asks) return true;
  return (await context.ask()).confirm('Go on with it?');
}

async function firstOf({ id }: Bulk, context: Context): Promise<Plan | undefined> {
  const ledger = await context.ledger();
  for await (const [first] of ledger.bulks.deliveries(id)) return first?.plan;
  return undefined;
}

function said({ to, message: { text, template, variables } }: Plan): string {
  const values = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const parts = [
    ...(template === null
      ? []
      : [`template ${template}${values.length > 0 ? ` with ${values.join(', ')}` : ''}`]),
    ...(text === null ? [] : [text]),
  ];
  return `${to}: ${parts.join(' / ')}`;
}
