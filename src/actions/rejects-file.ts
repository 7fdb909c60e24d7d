import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fail } from '../errors.ts';
import { isRejects, rejectsColumns, type Sheet } from '../input/rows/row.ts';
import { toLiteral } from '../message/formula.ts';
import { formatRecord } from '../output/formats/csv.ts';
import type { Rejected } from '../services/validate/rejected.ts';

/** A file of the rows that are left out, unchanged and each with its reason, so that it can be corrected and sent. */
export interface Rejects {
  add(rejected: readonly Rejected[]): void;
  /** Path of the file; undefined if no row was left out. */
  readonly path: string | undefined;
  close(): void;
  /** Removes the file. */
  drop(): void;
}

/**
 * Creates the file with the first row, next to the input file, and never overwrites a file. Cells that a spreadsheet
 * would take for formulas are written as text; `openRows` reverses that.
 */
export function openRejects({ name, columns }: Sheet): Rejects {
  // The input may be a rejects file itself: skip its columns for line and reason.
  const skipped = isRejects(columns) ? rejectsColumns.length : 0;
  let path: string | undefined;
  let file: number | undefined;
  return {
    add(rejected) {
      if (rejected.length === 0) return;
      if (file === undefined) {
        ({ path, file } = createFile(name));
        writeSync(file, formatRecord([...rejectsColumns, ...columns.slice(skipped)].map(toLiteral)));
      }
      // Cells are written unchanged, even if too many or too few: an invalid row must not become valid by itself.
      const lines = rejected.map(({ row, column, reason }) =>
        formatRecord(
          [
            String(row.line),
            column === null ? reason : `${column}: ${reason}`,
            ...row.cells.slice(skipped).map((cell) => cell ?? ''),
          ].map(toLiteral),
        ),
      );
      writeSync(file, lines.join(''));
    },
    get path() {
      return path;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
    drop() {
      if (path !== undefined) rmSync(path, { force: true });
      path = undefined;
    },
  };
}

function createFile(source: string): { path: string; file: number } {
  const isFile = source !== 'standard input' && !source.startsWith('/dev/') && !source.startsWith('/proc/');
  const folder = isFile ? dirname(source) : '.';
  const stem = isFile ? basename(source, extname(source)) : 'rows';
  for (let nth = 1; ; nth++) {
    const path = join(folder, `${stem}.rejects${nth === 1 ? '' : `-${nth}`}.csv`);
    try {
      return { path, file: openSync(path, 'wx', 0o600) };
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') continue;
      const why = cause instanceof Error ? cause.message : String(cause);
      fail('usage', 'rejects.unwritable', `cannot write the rejected rows to ${path}: ${why}`);
    }
  }
}
