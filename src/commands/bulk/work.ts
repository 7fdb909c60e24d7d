import { findBulk } from '../../actions/find-bulk.ts';
import { workOnBulk, workOnBulks } from '../../actions/work-on-bulks.ts';
import { command } from '../../app/command.ts';
import { followBulks } from '../../input/flags.ts';
import { pickColumns } from '../../output/columns.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: { follow: followBulks },
  operands: {
    placeholder: 'ID',
    summary:
      'id or label of a bulk, or a unique prefix of its id (default: every bulk to send, oldest first)',
    many: true,
    known: 'bulks',
  },
  columns: deliveryColumns,
  examples: [
    ['Help to send a bulk', 'bulk work 0193b2c4-7f1e-7c3a-9d2b-000000000000'],
    ['Send what any machine that shares the ledger has begun, as a service', 'bulk work --follow'],
  ],
  notes:
    'Any number of processes may send one bulk; no message is sent twice. A bulk takes part once it is confirmed and begun by `send --file`, `bulk retry` or `bulk resume`, until it is stopped. Ctrl-C takes out this process alone; Ctrl-C in the process that began the bulk pauses it for all. With several bulks or --follow, messages are printed only with --output json, ndjson or csv.',
  async run({ follow }, context, ids) {
    pickColumns(deliveryColumns, context.settings.columns);
    const bulks = await Promise.all([...new Set(ids)].map((id) => findBulk(id, context)));
    const [only] = bulks;
    if (only && bulks.length === 1 && !follow) return workOnBulk(only, context);
    const selected = ids.length > 0 ? bulks.map(({ id }) => id) : undefined;
    return workOnBulks({ ids: selected, follow }, context);
  },
});
