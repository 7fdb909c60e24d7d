import { fail } from '../../errors.ts';
import type { Batch, Tally } from '../../flow/bulk/import.ts';
import type { Sheet } from '../../input/sheet.ts';
import type { Bulk } from '../../message/bulk.ts';
import type { Context } from '../context.ts';
import { WrongRows } from '../wrong-rows.ts';
import { figure, many } from './amounts.ts';
import { type Rejects, rejectsBeside } from './rejects.ts';

/** What became of a file. */
export interface Imported {
  bulk: Bulk;
  isNew: boolean;
  tally: Tally;
  rejects: Rejects;
}

/**
 * Has a file made a bulk of, and tells what is wrong with its rows. Undefined where all of them were sent before,
 * under ids of their own.
 * @throws Failure `file.invalid`
 */
export async function imported(
  batches: AsyncGenerator<Batch, { bulk: Bulk; isNew: boolean } | undefined>,
  sheet: Sheet,
  skipInvalid: boolean,
  context: Context,
): Promise<Imported | undefined> {
  const { talk } = context;
  const rejects = rejectsBeside(sheet);
  const wrong = new WrongRows();
  const stopped = signal(context);
  let tally: Tally | undefined;
  try {
    for (;;) {
      const next = await Promise.race([batches.next(), stopped]);
      if (next.done) {
        if (next.value && tally) return { ...next.value, tally, rejects };
        break;
      }
      tally = next.value.tally;
      const { rejected } = next.value;
      wrong.add(rejected);
      if (skipInvalid) rejects.add(rejected);
      talk.busy(`reading ${sheet.name}: ${many(tally.rows, 'row')}`);
    }
  } finally {
    talk.still();
    rejects.close();
    // Not waited for: where it waits itself for the rest of a pipe, that may never come.
    batches.return(undefined).catch(() => {});
  }
  const { invalid = 0, known = 0, rows = 0 } = tally ?? {};
  for (const line of wrong.lines()) talk.note(line);
  if (invalid === 0 && known > 0) return undefined;
  const others = invalid < rows && !skipInvalid ? '--skip-invalid sends the others; ' : '';
  const written = rejects.path === undefined ? '' : `; they are in ${rejects.path}`;
  return fail(
    'usage',
    'file.invalid',
    invalid > 0
      ? `${sheet.name}: ${figure(invalid)} of ${many(rows, 'row')} cannot be sent${written}`
      : `${sheet.name}: there is nothing to send`,
    invalid > 0 ? `${others}\`qlara check --file\` tells all that is wrong` : undefined,
  );
}

/** Never resolves; rejects with what a signal brings, so that what may wait for ever can be raced against it. */
export function signal({ clock }: Context): Promise<never> {
  const longest = 2 ** 31 - 1;
  return clock.sleep(longest).then(() => new Promise<never>(() => {}));
}
