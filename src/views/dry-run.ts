import type { Context } from '../app/context.ts';
import type { ExitKind } from '../errors.ts';
import type { Preview } from '../gateway/gateway.ts';
import { type ChannelName, describeChain } from '../message/channels/channel.ts';
import { countSmsParts, type Plan } from '../message/message.ts';
import { type Encoding, encodingTitles, formatParts } from '../message/sms.ts';
import { type Column, pickColumns } from '../output/columns.ts';
import { deliveryColumns } from './delivery-columns.ts';
import { printRows } from './rows.ts';

interface DryRunRow {
  id: string;
  to: string;
  chain: readonly ChannelName[];
  encoding: Encoding | null;
  parts: number | null;
  simulation: boolean;
  request: Preview;
}

const columns: readonly Column<DryRunRow>[] = (
  ['id', 'to', 'chain', 'encoding', 'parts', 'simulation', 'request'] as const
).map((key) => ({ key, summary: '', value: (row) => row[key] }));

/** Prints the plan: channels in order, encoding and parts, and the exact request. */
export async function showDryRun(plans: readonly Plan[], context: Context): Promise<ExitKind> {
  const { settings, out } = context;
  // Reports an unknown column now, and not only with the real send.
  pickColumns(deliveryColumns, settings.columns);
  const gateway = await context.previewer();
  const rows = plans.map((plan): DryRunRow => {
    const parts = countSmsParts(plan.message);
    const { chain, simulation } = plan.message;
    return {
      id: plan.id,
      to: plan.to,
      chain,
      encoding: parts?.encoding ?? null,
      parts: parts?.parts ?? null,
      simulation,
      request: gateway.preview(plan),
    };
  });
  await gateway.close();
  switch (settings.format) {
    case 'ndjson':
      out(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      break;
    case 'json':
      out(`${JSON.stringify(rows, null, 2)}\n`);
      break;
    case 'csv':
      await printRows(columns, rows, context);
      break;
    case 'table':
      for (const { to, chain, encoding, parts, request } of rows) {
        const sms =
          encoding === null || parts === null
            ? ''
            : `, as SMS ${formatParts(parts)} in ${encodingTitles[encoding]}`;
        out(`${to}: ${describeChain(chain)}${sms}\n\n`);
        out(`${request.method} ${request.url}\n`);
        for (const [name, value] of Object.entries(request.headers)) out(`${name}: ${value}\n`);
        out(`\n${JSON.stringify(request.body, null, 2)}\n\n`);
      }
  }
  context.notices.info('dry run: nothing was sent');
  return 'ok';
}
