import { listBulks } from './bulk-table.ts';
import { listOwners } from './bulk-workers.ts';
import type { LedgerDatabase } from './database.ts';
import type { LedgerDescription } from './description-api.ts';
import { countRemaining } from './recovery.ts';
import { readListener } from './webhook-events.ts';

/** Describes a ledger. Counts are of slightly different moments. */
export async function describeLedger({ read, describe }: LedgerDatabase): Promise<LedgerDescription> {
  const { workers, ...engine } = await describe();
  return read(async (sql) => {
    const count = async (from: string) =>
      (await sql.get<{ count: number }>(`SELECT count(*) AS count FROM ${from}`))?.count ?? 0;
    const sealed = (await listBulks(sql)).filter(({ fingerprint }) => fingerprint !== null);
    const phase = sql.grammar.at('state', 'phase');
    let inDoubt = await count(`messages WHERE final = 0 AND ${phase} IN ('sending', 'doubt')`);
    for (const storedBulk of sealed) inDoubt += (await countRemaining(sql, storedBulk)).doubt;
    const senders = new Map<string, string[]>();
    for (const storedBulk of await listBulks(sql))
      for (const owner of await listOwners(sql, storedBulk))
        senders.set(owner, [...(senders.get(owner) ?? []), storedBulk.bulk.id]);
    const listener = await readListener(sql);
    return {
      ...engine,
      messages: await count('messages'),
      bulks: sealed.length,
      rows: sealed.reduce((sum, { bulk }) => sum + bulk.rows, 0),
      inDoubt,
      optOuts: await count('optouts'),
      inbound: await count('inbound'),
      workers: workers.map(({ id, ...worker }) => ({
        ...worker,
        listens: id === listener,
        bulks: senders.get(id) ?? [],
      })),
    };
  });
}
