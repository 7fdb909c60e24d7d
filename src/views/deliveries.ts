import type { Context } from '../app/context.ts';
import type { Delivery } from '../message/delivery.ts';
import { type Column, pickColumns } from '../output/columns.ts';
import { styleFor } from '../output/style.ts';
import { deliveryColumns, fittingKeys, tableKeys } from './delivery-columns.ts';
import type { DisplayOptions, Select, View } from './view.ts';

/**
 * Shows deliveries as they change, in the form that was asked for, and resolves to the last state of each.
 * `select` says which of them are shown.
 */
export async function show(
  changes: AsyncIterable<readonly Delivery[]>,
  manner: DisplayOptions,
  context: Context,
  select: Select = (deliveries) => deliveries,
): Promise<Delivery[]> {
  const known = new Map<string, Delivery>();
  const view = await openView(manner, context);
  const shown = () => select([...known.values()]);
  if (view.silent) context.notices.startSpinner(manner.each ? 'waiting for delivery' : 'asking the gateway');
  try {
    for await (const changed of changes) {
      const news = changed.filter((delivery) => known.get(delivery.plan.id) !== delivery);
      for (const delivery of news) known.set(delivery.plan.id, delivery);
      if (news.length > 0) view.change(select(news), shown());
    }
  } finally {
    context.notices.stopSpinner();
    await view.end(shown());
  }
  return [...known.values()];
}

async function openView({ each, live, detailed }: DisplayOptions, context: Context): Promise<View> {
  const { settings, io, out } = context;
  const { format } = settings;
  const columns = pickColumns(
    deliveryColumns,
    settings.columns ?? (format === 'table' ? tableKeys : undefined),
  );
  switch (format) {
    case 'json':
      return atEnd(async (all) =>
        out((await import('../output/formats/json.ts')).formatDocument(columns, all)),
      );
    case 'csv': {
      const csv = await import('../output/formats/csv.ts');
      return atEnd((all) =>
        out(csv.formatHeader(columns) + all.map((row) => csv.formatRow(columns, row)).join('')),
      );
    }
    case 'ndjson': {
      const { formatRow } = await import('../output/formats/json.ts');
      return lines(columns, each, (row) => out(formatRow(columns, row)));
    }
    case 'table':
      if (!io.stdout.isTTY) return plain(columns, each, context);
      if (live) return (await import('./delivery-live.ts')).liveView(context);
      if (detailed && settings.columns === undefined)
        return (await import('./delivery-timeline.ts')).timelineView(context);
      return atEnd(async (all) => {
        if (all.length === 0) return context.notices.info('no messages');
        const { renderTable } = await import('../output/formats/table.ts');
        const shown = settings.columns ? columns : pickColumns(columns, fittingKeys(all, io.stdout.columns));
        out(await renderTable(shown, all, io.stdout, await styleFor(io.stdout)));
      });
  }
}

function atEnd(end: View['end']): View {
  return { silent: true, change: () => {}, end };
}

async function plain(columns: readonly Column<Delivery>[], each: boolean, { out }: Context): Promise<View> {
  const { formatHeader, formatRow } = await import('../output/formats/plain.ts');
  if (!each)
    return atEnd((all) => out(formatHeader(columns) + all.map((row) => formatRow(columns, row)).join('')));
  out(formatHeader(columns));
  return lines(columns, each, (row) => out(formatRow(columns, row)));
}

/**
 * A line for a message as soon as its handing over has ended, and with `each` for every change after. A
 * message that never came so far gets its line at the end.
 */
function lines(columns: readonly Column<Delivery>[], each: boolean, print: (row: Delivery) => void): View {
  const printed = new Map<string, string>();
  const printNew = (row: Delivery) => {
    // The time alone is no change worth a line.
    const content = JSON.stringify(
      columns.filter(({ key }) => key !== 'updatedAt').map(({ value }) => value(row)),
    );
    if (printed.get(row.plan.id) === content) return;
    printed.set(row.plan.id, content);
    print(row);
  };
  return {
    change(changed) {
      for (const row of changed) {
        const ended = row.phase === 'accepted' || row.phase === 'refused';
        if (ended && (each || !printed.has(row.plan.id))) printNew(row);
      }
    },
    end(all) {
      for (const row of all) if (!printed.has(row.plan.id)) printNew(row);
    },
  };
}
