import type { Context } from '../app/context.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { StatusFilter } from '../message/event.ts';
import { type Column, pickColumns } from '../output/columns.ts';
import { styleFor } from '../output/style.ts';
import { deliveryColumns, fittingKeys, tableKeys } from './delivery-columns.ts';
import { isInteractive } from './rows.ts';
import { streamRows } from './rows-stream.ts';

/** Prints the messages of a bulk with these statuses page by page, so that never all are in memory. */
export async function printMessages(
  { id }: Bulk,
  statuses: readonly StatusFilter[],
  context: Context,
): Promise<void> {
  const { bulks } = await context.ledger();
  const pages = bulks.deliveries(id, { statuses });
  if (isInteractive(context)) return printTables(pages, context);
  await streamRows(rowColumns(context), flat(pages), context);
}

/** Prints each page as a table of its own, since a table on a terminal needs all its rows. */
async function printTables(
  pages: AsyncIterable<Delivery[]>,
  { io, out, notices, clock }: Context,
): Promise<void> {
  const { renderTable } = await import('../output/formats/table.ts');
  const style = await styleFor(io.stdout);
  let any = false;
  for await (const page of pages) {
    const columns = pickColumns(deliveryColumns, fittingKeys(page, io.stdout.columns));
    out(await renderTable(columns, page, io.stdout, style));
    await io.stdout.flush();
    clock.checkpoint();
    any = true;
  }
  if (!any) notices.info('no messages');
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

/** Returns the columns for the messages of a bulk. A table has fewer columns than the other formats. */
export function rowColumns({ settings }: Context): readonly Column<Delivery>[] {
  return settings.format === 'table' && settings.columns === undefined
    ? pickColumns(deliveryColumns, tableKeys)
    : deliveryColumns;
}
