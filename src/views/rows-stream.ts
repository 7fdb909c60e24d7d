import type { Context } from '../app/context.ts';
import { type Column, pickColumns, selectTableColumns } from '../output/columns.ts';
import { styleFor } from '../output/style.ts';

/** After so many rows what reads them is waited for. */
const portion = 100;

/**
 * Prints rows as they come, so that not all of them are held at once; a terminal's table alone has to know them all.
 * Resolves to how many there were. @throws Failure `columns.unknown`, and what the rows throw
 */
export async function streamRows<Row>(
  columns: readonly Column<Row>[],
  rows: AsyncIterable<Row>,
  { settings, io, out, outputClosed }: Context,
): Promise<number> {
  const shown = pickColumns(columns, settings.columns);
  let count = 0;
  async function each(line: (row: Row) => string): Promise<void> {
    for await (const row of rows) {
      if (outputClosed()) return;
      out(line(row));
      if (++count % portion === 0) await io.stdout.flush();
    }
  }
  switch (settings.format) {
    case 'json': {
      const { formatElement } = await import('../output/formats/json.ts');
      out('[');
      try {
        await each((row) => `${count === 0 ? '' : ','}\n${formatElement(shown, row)}`);
      } finally {
        // What follows a failure may still be read: the document is whole in any case.
        out(count === 0 ? ']\n' : '\n]\n');
      }
      return count;
    }
    case 'ndjson': {
      const { formatRow } = await import('../output/formats/json.ts');
      await each((row) => formatRow(shown, row));
      return count;
    }
    case 'csv': {
      const { formatHeader, formatRow } = await import('../output/formats/csv.ts');
      out(formatHeader(shown));
      await each((row) => formatRow(shown, row));
      return count;
    }
    case 'table': {
      if (!io.stdout.isTTY) {
        const { formatHeader, formatRow } = await import('../output/formats/plain.ts');
        out(formatHeader(shown));
        await each((row) => formatRow(shown, row));
        return count;
      }
      const all: Row[] = [];
      for await (const row of rows) all.push(row);
      const { renderTable } = await import('../output/formats/table.ts');
      if (all.length > 0)
        out(await renderTable(selectTableColumns(shown), all, io.stdout, await styleFor(io.stdout)));
      return all.length;
    }
  }
}
