import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fail } from '../errors.ts';
import { isRejects, rejectsColumns, type Sheet } from '../input/rows/row.ts';
import { toLiteral } from '../message/formula.ts';
import { formatRecord } from '../output/formats/csv.ts';
import type { Rejected } from '../services/validate/rejected.ts';

/** A file for the rows that are left out, as they stood, each with the reason: to be mended and sent by itself. */
export interface Rejects {
  add(rejected: readonly Rejected[]): void;
  /** Where it is; undefined when nothing was left out. */
  readonly path: string | undefined;
  close(): void;
  /** Removes it again: nothing came of what it was made for. */
  drop(): void;
}

/**
 * Made when the first row comes, beside the file they are from; never over a file that is there. It is opened in
 * spreadsheets: a cell that would be a formula there is written as text. `openRows` takes that back.
 */
export function rejectsBeside({ name, columns }: Sheet): Rejects {
  // Of a file of rejects, what was said of them then.
  const skipped = isRejects(columns) ? rejectsColumns.length : 0;
  let path: string | undefined;
  let file: number | undefined;
  return {
    add(rejected) {
      if (rejected.length === 0) return;
      if (file === undefined) {
        ({ path, file } = made(name));
        writeSync(file, formatRecord([...rejectsColumns, ...columns.slice(skipped)].map(toLiteral)));
      }
      // Their cells as they stood, too many or too few: what was wrong must not become right by itself.
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

function made(source: string): { path: string; file: number } {
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
