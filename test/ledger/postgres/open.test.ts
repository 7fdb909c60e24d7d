import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/api.ts';
import { openPostgresLedger, type PostgresLedgerOptions } from '../../../src/ledger/postgres/open.ts';
import { steps } from '../../../src/ledger/postgres/schema.ts';
import { readTarget } from '../../../src/ledger/postgres/target.ts';
import { bulkId } from '../../../src/message/bulk.ts';
import { deliver } from '../../../src/services/dispatch/deliver.ts';
import { systemClock } from '../../../src/storage/monotonic.ts';
import { depsWith, fakeGateway } from '../../support/deps.ts';
import { bulkRows, bulkSpec, plan } from '../../support/messages.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

let server: Postgres;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

async function open(url: string, options: Partial<PostgresLedgerOptions> = {}): Promise<Ledger> {
  const ledger = await openPostgresLedger(readTarget(url, {}), { waitMs: 0, ...options });
  onTestFinished(() => ledger.close());
  return ledger;
}

const databaseOf = (url: string) => new URL(url).pathname.slice(1);

test('belongs to the account of its first use; another schema has room for another', async () => {
  const url = await server.createDatabase();
  await open(url);
  await open(url, { baseUrl: 'https://one.example/api' });
  await open(url, { baseUrl: 'https://one.example/api' });
  await expect(open(url, { baseUrl: 'https://two.example/api' })).rejects.toMatchObject({
    kind: 'setup',
    code: 'ledger.other-account',
  });
  await open(`${url}?schema=two`, { baseUrl: 'https://two.example/api' });
});

test('a schema with tables of another program is left alone; those of an extension do not count', async () => {
  const url = await server.createDatabase();
  await server.query('create schema qlara; create table qlara.messages()', databaseOf(url));
  await expect(open(url)).rejects.toMatchObject({
    kind: 'setup',
    code: 'ledger.not-empty',
    message: expect.stringContaining('another program'),
    hint: expect.stringContaining('?schema=NAME'),
  });
  await server.query(
    'drop table qlara.messages; create extension pg_stat_statements schema qlara',
    databaseOf(url),
  );
  await open(url);
});

test('many processes create the tables at once', async () => {
  const url = await server.createDatabase();
  const ledgers = await Promise.all(Array.from({ length: 8 }, () => open(url)));
  await Promise.all(ledgers.map((ledger, n) => ledger.queue([plan(`m${n}`)], n, 'route')));
  expect(await ledgers[0]?.list({})).toHaveLength(8);
});

test('a newer version is refused at the start, and stops a process that is at work', async () => {
  const url = await server.createDatabase();
  const old = await open(url);
  await old.queue([plan('a')], 5);
  const id = bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001');
  await old.bulks.begin(bulkSpec({ id }));
  await old.bulks.add(id, bulkRows(2));
  await old.bulks.seal(id, 'f');
  const run = await old.bulks.take(id, 'route', 6);
  await server.query(`UPDATE qlara.meta SET version = ${steps.length + 1}`, databaseOf(url));
  const refused = {
    kind: 'setup',
    code: 'ledger.unusable',
    message: expect.stringContaining('newer version'),
  };
  await expect(open(url)).rejects.toMatchObject(refused);
  await expect(old.claim(plan('a'), 'route', 6)).rejects.toMatchObject(refused);
  await expect(run.commitAndClaim([], 2, 7)).rejects.toMatchObject(refused);
  expect((await old.find('a'))?.phase).toBe('queued');
});

test('a cluster that was restored, or replaced by a replica, puts what is queued in doubt', async () => {
  const url = await server.createDatabase();
  await (await open(url)).queue([plan('a')], 5);
  await server.query('UPDATE qlara.meta SET timeline = timeline + 1', databaseOf(url));
  const ledger = await open(url);
  expect(ledger.doubted).toBe(1);
  expect((await ledger.find('a'))?.phase).toBe('doubt');
  expect((await open(url)).doubted).toBe(0);
});

test('keeps texts for all machines', async () => {
  const url = await server.createDatabase();
  const [one, other] = [await open(url), await open(url)];
  expect(await one.cache?.read('templates')).toBeUndefined();
  await one.cache?.write('templates', 'first');
  await one.cache?.write('templates', 'second');
  expect(await other.cache?.read('templates')).toBe('second');
});

test('tells other machines of changes by webhooks', async () => {
  const url = await server.createDatabase();
  const [listener, watcher] = [await open(url), await open(url)];
  await listener.queue([plan('a')], 5, 'route');
  const position = await watcher.events.latestPosition();
  // Listening begins with an announcement.
  await watcher.events.nextAnnouncement();
  const announced = watcher.events.nextAnnouncement();
  const receipt = { channel: 'sms', status: 'delivered', reason: null, at: 9 } as const;
  const begin = performance.now();
  await listener.events.record(
    [{ event: { kind: 'receipt', key: 'k', ids: ['a'], to: null, receipt } }],
    [],
    10,
  );
  await announced;
  expect(performance.now() - begin).toBeLessThan(2_000);
  expect((await watcher.events.listChanges(position)).ids).toEqual(['a']);
});

test('a message sent by itself waits for the rate that machines share, and is recorded when its turn comes', async () => {
  const url = await server.createDatabase();
  const [one, other] = [await open(url), await open(url)];
  await other.bulks.hold(systemClock.monotonic() + 2_500);
  const notes: string[] = [];
  const gateway = fakeGateway({
    send: async () => ({ kind: 'accepted', gatewayId: null, channel: 'sms', simulation: false }),
  });
  const deps = depsWith({ ledger: one, gateway, note: (text) => notes.push(text) });
  const sending = (async () => {
    for await (const _ of deliver([plan('a')], deps));
  })();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await other.find('a')).toBeUndefined();
  expect(notes).toEqual(["note: the account's rate is used up; waiting 3 s for a turn"]);
  await sending;
  expect((await other.find('a'))?.phase).toBe('accepted');
});
