import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Sheet } from '../input/rows/row.ts';
import type { Bulk } from '../message/bulk.ts';
import { toPersonKey } from '../message/person.ts';
import { formatNumber, pluralize } from '../output/units.ts';
import type { ImportBatch, ImportTally, SkippedRow } from '../services/bulk/import.ts';
import { listFirst } from '../views/opt-outs.ts';
import { RowErrors } from '../views/row-errors.ts';
import { openRejects, type Rejects } from './rejects-file.ts';

/** Result of an import. */
export interface ImportedBulk {
  bulk: Bulk;
  isNew: boolean;
  tally: ImportTally;
  rejects: Rejects;
  leftOut: SkippedRows;
}

/**
 * Imports a file as a bulk and prints the errors in its rows. Resolves to the tally alone if all rows were sent before
 * under ids of their own. `checking` is the command that checks the file, for the hint; without
 * `keepsRejects`, no file of left-out rows stays.
 * @throws Failure `file.invalid`
 */
export async function importBulk(
  batches: AsyncGenerator<ImportBatch, { bulk: Bulk; isNew: boolean } | undefined>,
  sheet: Sheet,
  skipInvalid: boolean,
  { checking, keepsRejects }: { checking: string; keepsRejects: boolean },
  context: Context,
): Promise<ImportedBulk | ImportTally> {
  const { notices } = context;
  const rejects = openRejects(sheet);
  const wrong = new RowErrors();
  const leftOut = new SkippedRows();
  const stopped = rejectOnAbort(context);
  let tally: ImportTally | undefined;
  try {
    for (;;) {
      const next = await Promise.race([batches.next(), stopped]);
      if (next.done) {
        if (next.value && tally) return { ...next.value, tally, rejects, leftOut };
        break;
      }
      tally = next.value.tally;
      const { rejected, unwanted } = next.value;
      wrong.add(rejected);
      leftOut.add(unwanted);
      // In the order of the file, which makes it easier to correct.
      const listed = skipInvalid ? [...rejected, ...unwanted] : unwanted;
      rejects.add(listed.toSorted((one, other) => one.row.line - other.row.line));
      notices.startSpinner(`reading ${sheet.name}: ${pluralize(tally.rows, 'row')}`);
    }
  } finally {
    notices.stopSpinner();
    rejects.close();
    // Not awaited: it may itself wait for the rest of a pipe, which may never come.
    batches.return(undefined).catch(() => {});
  }
  const { invalid = 0, known = 0, rows = 0, optedOut = 0, windowClosed = 0 } = tally ?? {};
  for (const line of wrong.lines()) notices.problem(line);
  const unwanted = optedOut + windowClosed;
  if (!keepsRejects) rejects.drop();
  if (tally && invalid === 0 && known > 0 && unwanted === 0) return tally;
  if (unwanted > 0 && (invalid === 0 || skipInvalid)) refuseUnwanted();
  // Without --skip-invalid no bulk was created, so its list of left-out rows is dropped too.
  if (!skipInvalid) rejects.drop();
  const others = invalid < rows && !skipInvalid ? '--skip-invalid sends the others; ' : '';
  const written = rejects.path === undefined ? '' : `; see ${rejects.path}`;
  return fail(
    'usage',
    'file.invalid',
    invalid > 0
      ? `${sheet.name}: ${formatNumber(invalid)} of ${pluralize(rows, 'row')} cannot be sent${written}`
      : `${sheet.name}: nothing to send`,
    invalid > 0 ? `${others}${checking} lists all problems` : undefined,
  );

  function refuseUnwanted(): never {
    const why = [
      ...(optedOut > 0 ? [`${formatNumber(optedOut)} opted out`] : []),
      ...(windowClosed > 0 ? [`${formatNumber(windowClosed)} outside the 24-hour window`] : []),
      ...(invalid > 0 ? [`${formatNumber(invalid)} invalid`] : []),
      ...(known > 0 ? [`${formatNumber(known)} sent before`] : []),
    ];
    return fail(
      'usage',
      optedOut > 0 ? 'file.opted-out' : 'file.window-closed',
      `${sheet.name}: none of ${pluralize(rows, 'row')} is left to send: ${why.join(', ')}${rejects.path === undefined ? '' : `; see ${rejects.path}`}`,
      optedOut > 0
        ? '`qlara optout list` shows the opt-outs; --override-opt-out REASON sends anyway'
        : 'send a template with --template ID; if they wrote since, --ignore-window REASON sends anyway',
    );
  }
}

/** Never resolves; rejects with the reason of a signal. Race anything that may wait forever against it. */
export function rejectOnAbort({ clock }: Context): Promise<never> {
  const maxSleepMs = 2 ** 31 - 1;
  return clock.sleep(maxSleepMs).then(() => new Promise<never>(() => {}));
}

/** Maximum number of destinations named in a message; the rejects file lists all. */
const maxNamed = 3;

/** Collects the first destinations that are left out, by reason. */
export class SkippedRows {
  readonly #first = {
    'opted out': new Map<string, string>(),
    'window closed': new Map<string, string>(),
  } as const satisfies Record<SkippedRow['reason'], unknown>;
  /** Further rows of those destinations. */
  readonly #repeated: Record<SkippedRow['reason'], number> = { 'opted out': 0, 'window closed': 0 };

  add(unwanted: readonly SkippedRow[]): void {
    for (const { reason, to } of unwanted) {
      const person = toPersonKey(to);
      if (this.#first[reason].has(person)) this.#repeated[reason]++;
      else if (this.#first[reason].size < maxNamed) this.#first[reason].set(person, to);
    }
  }

  /** Describes them for the summary before a bulk is sent; `rejects` is the file that lists them. */
  facts(
    tally: ImportTally,
    { overrides }: Bulk,
    rejects: string | undefined,
  ): [label: string, text: string][] {
    const describe = (
      reason: SkippedRow['reason'],
      label: string,
      count: number,
      about = '',
    ): [string, string][] => {
      if (count === 0) return [];
      const override = reason === 'opted out' ? overrides?.optOut : overrides?.window;
      if (override !== undefined)
        return [[label, `${pluralize(count, 'row')}${about}, sent anyway: ${override}`]];
      const listed = rejects ? `; written to ${rejects}` : '';
      return [
        [label, `${pluralize(count, 'row')}${about}, left out: ${this.#named(reason, count)}${listed}`],
      ];
    };
    return [
      ...describe('opted out', 'opted out', tally.optedOut),
      ...describe('window closed', 'window', tally.windowClosed, ' outside the 24-hour window'),
    ];
  }

  #named(reason: SkippedRow['reason'], count: number): string {
    return listFirst([...this.#first[reason].values()], count - this.#repeated[reason]);
  }
}
