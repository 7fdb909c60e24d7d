import { type Column, pick } from '../output/columns.ts';
import { styleFor } from '../output/style.ts';
import type { Context } from './context.ts';

/** Whether a person looks at the output and has left its form to us. */
export function isForEyes({ settings, io }: Context): boolean {
  return settings.format === 'table' && settings.columns === undefined && io.stdout.isTTY;
}

/** Prints rows that are all there at once, in the form that was asked for. @throws Failure `columns.unknown` */
export async function printRows<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { settings, io, out }: Context,
): Promise<void> {
  const shown = pick(columns, settings.columns);
  switch (settings.format) {
    case 'json': {
      const { document } = await import('../output/json.ts');
      return out(document(shown, rows));
    }
    case 'ndjson': {
      const { line } = await import('../output/json.ts');
      return out(rows.map((row) => line(shown, row)).join(''));
    }
    case 'csv': {
      const { header, line } = await import('../output/csv.ts');
      return out(header(shown) + rows.map((row) => line(shown, row)).join(''));
    }
    case 'table': {
      if (io.stdout.isTTY) {
        const { renderTable } = await import('../output/table.ts');
        return out(await renderTable(shown, rows, io.stdout, await styleFor(io.stdout)));
      }
      const { header, line } = await import('../output/plain.ts');
      return out(header(shown) + rows.map((row) => line(shown, row)).join(''));
    }
  }
}
