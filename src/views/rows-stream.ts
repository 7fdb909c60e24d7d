import type { Context } from '../app/context.ts';
import { type Column, pickColumns, selectTableColumns } from '../output/columns.ts';
import { loadRenderer } from '../output/formats/format.ts';
import { styleFor } from '../output/style.ts';

/** Rows printed before the reader is waited for. */
const flushEvery = 100;

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
  if (settings.format === 'table' && io.stdout.isTTY) {
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    const { renderTable } = await import('../output/formats/table.ts');
    if (all.length > 0)
      out(await renderTable(selectTableColumns(shown), all, io.stdout, await styleFor(io.stdout)));
    return all.length;
  }
  const renderer = await loadRenderer(settings.format);
  let count = 0;
  out(renderer.begin(shown));
  try {
    for await (const row of rows) {
      if (outputClosed()) break;
      out(renderer.row(shown, row, count));
      if (++count % flushEvery === 0) await io.stdout.flush();
    }
  } finally {
    // What follows a failure may still be read: the document is whole in any case.
    out(renderer.end(count));
  }
  return count;
}
