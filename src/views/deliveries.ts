import type { Context } from '../app/context.ts';
import type { Delivery } from '../message/delivery.ts';
import { type Column, pickColumns } from '../output/columns.ts';
import { loadRenderer, renderAll } from '../output/formats/format.ts';
import { styleFor } from '../output/style.ts';
import { deliveryColumns, fittingKeys, tableKeys } from './delivery-columns.ts';
import type { DisplayOptions, Select, View } from './view.ts';

/**
 * Shows deliveries as they change, in the chosen format, and resolves to the last state of each. `select` picks those
 * that are shown.
 */
export async function show(
  changes: AsyncIterable<readonly Delivery[]>,
  options: DisplayOptions,
  context: Context,
  select: Select = (deliveries) => deliveries,
): Promise<Delivery[]> {
  const known = new Map<string, Delivery>();
  const view = await openView(options, context);
  const shown = () => select([...known.values()]);
  if (view.silent) context.notices.startSpinner(options.each ? 'waiting for delivery' : 'asking the gateway');
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
  if (format === 'table' && io.stdout.isTTY)
    return openTerminalView(columns, { each, live, detailed }, context);
  const renderer = await loadRenderer(format);
  if (renderer.rowsFor === 'final') return atEnd((all) => out(renderAll(renderer, columns, all)));
  let count = 0;
  out(renderer.begin(columns));
  return lines(columns, each, (row) => out(renderer.row(columns, row, count++)));
}

async function openTerminalView(
  columns: readonly Column<Delivery>[],
  { live, detailed }: DisplayOptions,
  context: Context,
): Promise<View> {
  const { settings, io, out, notices } = context;
  if (live) return (await import('./delivery-live.ts')).liveView(context);
  if (detailed && settings.columns === undefined)
    return (await import('./delivery-timeline.ts')).timelineView(context);
  return atEnd(async (all) => {
    if (all.length === 0) return notices.info('no messages');
    const { renderTable } = await import('../output/formats/table.ts');
    const shown = settings.columns ? columns : pickColumns(columns, fittingKeys(all, io.stdout.columns));
    out(await renderTable(shown, all, io.stdout, await styleFor(io.stdout)));
  });
}

function atEnd(end: View['end']): View {
  return { silent: true, change: () => {}, end };
}

/**
 * Prints a line for a message once it is accepted or refused, and with `each` for every later change. A message that
 * never gets there has its line at the end.
 */
function lines(columns: readonly Column<Delivery>[], each: boolean, print: (row: Delivery) => void): View {
  const printed = new Map<string, string>();
  const printNew = (row: Delivery) => {
    // A change of the time alone prints no line.
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
