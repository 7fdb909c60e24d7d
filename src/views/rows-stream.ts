import type { Context } from '../app/context.ts';
import { type Column, pickColumns, selectTableColumns } from '../output/columns.ts';
import { loadRenderer } from '../output/formats/format.ts';
import { styleFor } from '../output/style.ts';

/** Number of rows printed before waiting for the reader. */
const rowsPerFlush = 100;

/**
 * Prints rows as they come, without keeping them in memory; only a table on a terminal needs all of them first. Resolves
 * to the number of rows. @throws Failure `columns.unknown`, and as `rows`
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
  try {
    for await (const row of rows) {
      if (outputClosed()) break;
      if (count === 0) out(renderer.begin(shown));
      out(renderer.row(shown, row, count));
      if (++count % rowsPerFlush === 0) await io.stdout.flush();
    }
  } catch (cause) {
    // Ends a document that has begun, so that it can be parsed. A failure before the first row prints none.
    if (count > 0) out(renderer.end(count));
    throw cause;
  }
  if (count === 0) out(renderer.begin(shown));
  out(renderer.end(count));
  return count;
}
