import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type CopyOptions, copyLedger } from '../../../src/ledger/copy/copy.ts';
import { copiedTables } from '../../../src/ledger/copy/tables.ts';
import { openPostgresLedger } from '../../../src/ledger/postgres/open.ts';
import { readTarget } from '../../../src/ledger/postgres/target.ts';
import { openLedger } from '../../../src/ledger/sqlite/open.ts';
import { schema } from '../../../src/ledger/sqlite/schema.ts';
import { bulkId } from '../../../src/message/bulk.ts';
import type { Event } from '../../../src/message/event.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { afterFile } from '../../support/after-file.ts';
import { bulkRows, bulkSpec, message, plan, smsAccepted } from '../../support/messages.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';

let server: Postgres;
beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'qlara-copy-'));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'default.db');
}

/** Texts that a database may change. */
const texts = [
  `it's "quoted"`,
  'back\\slash \\u0000 \\',
  '😀 e\u0301 \u202e',
  'a\0b',
  'half \ud83d',
  '\udc00',
  '\ttab\nline\r',
  '$1 ? %s $$',
  '',
];

/** Fills a ledger: messages in every phase, and at least one row in each table. */
async function fillLedger(path: string): Promise<void> {
  const ledger = await openLedger(path);
  const phone = (index: number) => `+39390123${String(index).padStart(4, '0')}` as Phone;
  for (const [index, text] of texts.entries()) {
    const one = (phase: string) =>
      plan(`${phase}-${index}`, { to: phone(index), message: { ...message, text } });
    await ledger.queue([one('queued')], 5);
    for (const phase of ['sending', 'accepted', 'refused', 'doubt', 'delivered'])
      await ledger.queue([one(phase)], 6, 'here');
    const since = { boot: ledger.clock.boot, ms: ledger.clock.monotonic() };
    await ledger.append([
      { id: `accepted-${index}`, event: smsAccepted(`msg ${text}`) },
      { id: `refused-${index}`, event: { kind: 'refused', at: 11, channel: 'sms', reason: text } as Event },
      { id: `doubt-${index}`, event: { kind: 'doubt', at: 12, reason: text, since } },
      { id: `delivered-${index}`, event: smsAccepted(`msg 2 ${text}`) },
      {
        id: `delivered-${index}`,
        event: { kind: 'receipt', channel: 'sms', status: 'delivered', reason: null, at: 13 },
      },
    ]);
  }
  const spec = bulkSpec({ name: texts[0] ?? null });
  await ledger.bulks.begin(spec);
  await ledger.bulks.add(
    spec.id,
    bulkRows(1_500, (index) => ({
      message: { ...message, text: texts[index % texts.length] ?? '' },
      id: index === 3 ? 'own-id' : null,
    })),
  );
  await ledger.bulks.seal(spec.id, 'print');
  const run = await ledger.bulks.take(spec.id, 'here', 14);
  const { claimed } = await run.commitAndClaim([], 20, 15);
  const outcomes: ((index: number) => Event)[] = [
    (index) => smsAccepted(`msg b${index}`),
    (index) => ({ kind: 'refused', at: 16, channel: 'sms', reason: texts[index] ?? null }) as Event,
    () => ({ kind: 'doubt', at: 16, reason: 'lost', since: { boot: 'old', ms: 3.25 } }),
    () => ({ kind: 'unsent', at: 16, reason: 'stopped' }),
  ];
  await run.commitAndClaim(
    claimed.slice(0, 16).map((target, index) => ({
      target,
      event: (outcomes[index % outcomes.length] as (index: number) => Event)(index),
    })),
    0,
    17,
  );
  await ledger.events.record(
    [
      ...texts.map((text, index) => ({
        event: {
          kind: 'inbound' as const,
          key: `in ${index}`,
          inbound: { key: `in ${index}`, channel: 'sms' as const, from: phone(index), text, at: 20 + index },
        } as never,
      })),
      {
        event: {
          kind: 'receipt',
          key: 'stray',
          ids: ['nobody'],
          receipt: { channel: 'sms', status: 'delivered', reason: 'a\0b', at: 21 },
        } as never,
      },
      {
        event: {
          kind: 'receipt',
          key: 'known',
          ids: ['accepted-0'],
          receipt: { channel: 'sms', status: 'delivered', reason: null, at: 21 },
        } as never,
      },
    ],
    [{ url: 'http://127.0.0.1:1/', type: 'text/plain', body: 'a\0b\xff' }],
    22,
  );
  await ledger.inbounds.saveLook('here', 23);
  await ledger.optOuts.add([
    { phone: phone(900), at: 24, source: 'told', note: 'a\0b' },
    { phone: phone(901), at: 24, source: 'told', note: null },
  ]);
  await ledger.optOuts.remove([phone(901)], 25);
  await ledger.bulks.reserve([{ count: 10, per: 1_000 }], 1);
  await ledger.close();
}

async function readFile(path: string): Promise<Record<string, number>> {
  const file = await openDatabase(path, schema);
  const counts = copiedTables.map(({ name }) => [
    name,
    file.read.get<{ count: number }>(`SELECT count(*) AS count FROM ${name}`)?.count,
  ]);
  file.close();
  return Object.fromEntries(counts) as Record<string, number>;
}

function options(path: string, url: string, part: Partial<CopyOptions> = {}): CopyOptions {
  return {
    path,
    target: readTarget(url, {}),
    markers: join(path, '..', 'ledgers'),
    baseUrl: 'http://gateway.example/api',
    machine: 'm',
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    checkpoint() {},
    onProgress() {},
    ...part,
  };
}

const openNew = (url: string) =>
  openPostgresLedger(readTarget(url, {}), { waitMs: 1_000, baseUrl: 'http://gateway.example/api' });

/** Reads everything that a ledger says about its content. */
async function readAll(ledger: Awaited<ReturnType<typeof openLedger>>) {
  const messages = await ledger.list({});
  const histories = await Promise.all(messages.map(({ plan }) => ledger.history(plan.id)));
  const [bulk] = await ledger.bulks.list();
  if (bulk === undefined) throw new Error('no bulk');
  return {
    messages: messages.map((one) => JSON.stringify(one)).sort(),
    histories: histories.map((one) => JSON.stringify(one)).sort(),
    bulk,
    unsettled: await ledger.bulks.countUnsettled(bulk.id),
    counts: (await ledger.bulks.counts(bulk.id)).sort((a, b) => a.status.localeCompare(b.status)),
    optOuts: await ledger.optOuts.list(),
    inbounds: await ledger.inbounds.list({}),
    look: await ledger.inbounds.lastLook('here'),
    position: await ledger.events.latestPosition(),
    forwards: await ledger.forwards.due('http://127.0.0.1:1/', 1e12, 10),
  };
}

describe('a copy', () => {
  test('has everything that the old ledger had, and goes on with it', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const counts = await readFile(path);
    for (const [table, count] of Object.entries(counts))
      if (!['bulk_workers'].includes(table)) expect([table, count > 0]).toEqual([table, true]);
    const old = await openLedger(path);
    const wanted = await readAll(old);
    await old.close();
    const { isNew, tables } = await copyLedger(options(path, url));
    expect(isNew).toBe(true);
    expect({ ...tables, bulk_free: 1 }).toEqual({ ...counts, bulk_free: 1 });

    const ledger = await openNew(url);
    const found = await readAll(ledger);
    expect(ledger.doubted).toBe(0);
    // Messages are the same but for characters that no text of the server has, in columns of their own.
    expect(found).toEqual({
      ...wanted,
      optOuts: wanted.optOuts.map((one) => ({ ...one, note: one.note?.replaceAll('\0', '\ufffd') ?? null })),
      forwards: wanted.forwards.map((one) => ({ ...one, body: one.body.replaceAll('\0', '\ufffd') })),
    });
    // Numbers go on after those that were copied.
    await ledger.queue([plan('new')], 30, 'here');
    await ledger.append([{ id: 'new', event: smsAccepted('msg new') }]);
    await ledger.bulks.begin(bulkSpec({ id: bulkId('0193b2c4-7f1e-7c3a-9d21-5e8f1a2b3c4d') }));
    // The claims of processes that are gone are in doubt, the rest is still waiting.
    const { id } = wanted.bulk;
    const run = await ledger.bulks.take(id, 'here', 31);
    const doubts: number[] = [];
    for await (const page of run.listDoubts()) doubts.push(...page.map(({ row }) => row));
    expect(doubts.length).toBe(wanted.unsettled.doubt);
    const { claimed } = await run.commitAndClaim([], 2_000, 32);
    expect(claimed.length).toBe(wanted.unsettled.queued);
    await ledger.close();
  });

  test('ends the old ledger, also for a process that has it open', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const other = await openLedger(path);
    await copyLedger(options(path, url));
    await expect(other.queue([plan('late')], 40, 'here')).rejects.toMatchObject({
      code: 'ledger.moved',
      facts: { place: url },
    });
    await expect(other.optOuts.add([])).resolves.toEqual([]);
    expect(await other.find('late')).toBeUndefined();
    await other.close();
    await expect(openLedger(path)).rejects.toMatchObject({ code: 'ledger.moved' });
    // A program of an earlier version.
    await expect(openDatabase(path, schema)).rejects.toThrow('newer version of qlara');
  });

  test('that was made is not made again', async () => {
    const path = freshPath();
    const [url, another] = [await server.createDatabase(), await server.createDatabase()];
    await fillLedger(path);
    await copyLedger(options(path, url));
    expect(await copyLedger(options(path, url))).toEqual({ isNew: false, tables: {} });
    await expect(copyLedger(options(path, another))).rejects.toMatchObject({ code: 'ledger.moved' });
    const second = freshPath();
    await fillLedger(second);
    await expect(copyLedger(options(second, url))).rejects.toMatchObject({ code: 'ledger.not-empty' });
    await (await openLedger(second)).close();
  });

  test('that breaks off leaves no ledger, and the next one replaces it', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const breakOff = options(path, url, {
      onProgress(step) {
        if (step === 'verifying') throw new Error('broken off');
      },
    });
    await expect(copyLedger(breakOff)).rejects.toThrow('broken off');
    expect(await server.query("select 1 from pg_namespace where nspname = 'qlara'", dbName(url))).toEqual([]);
    await (await openLedger(path)).close();
    expect(await copyLedger(options(path, url))).toMatchObject({ isNew: true });
  });

  test('that breaks off after the database has it, before the file is marked, is made again', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const markers = join(path, '..', 'ledgers');
    await (await openLedger(path, { markers })).close();
    const restore = keepFiles(path);
    await copyLedger(options(path, url));
    await server.query('update qlara.meta set version = 1000000', dbName(url));
    restore();
    await expect(openNew(url)).rejects.toMatchObject({ code: 'ledger.unfinished-copy' });
    const old = await openLedger(path);
    await old.optOuts.add([{ phone: '+393901239999', at: 60, source: 'told', note: 'meanwhile' }]);
    await old.close();
    const stranger = freshPath();
    await fillLedger(stranger);
    await expect(copyLedger(options(stranger, url))).rejects.toMatchObject({ code: 'ledger.not-empty' });
    expect(await copyLedger(options(path, url))).toMatchObject({ isNew: true });
    const ledger = await openNew(url);
    expect((await ledger.optOuts.list())[0]).toMatchObject({ note: 'meanwhile' });
    await ledger.close();
  });

  test('that breaks off before the database is released is finished', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    await copyLedger(options(path, url));
    await server.query('update qlara.meta set version = 1000000', dbName(url));
    await expect(openNew(url)).rejects.toMatchObject({
      code: 'ledger.unfinished-copy',
      facts: { place: url },
    });
    await expect(openLedger(path)).rejects.toMatchObject({ code: 'ledger.moved' });
    expect(await copyLedger(options(path, url))).toEqual({ isNew: true, tables: {} });
    await (await openNew(url)).close();
    await server.query('drop schema qlara cascade', dbName(url));
    await expect(copyLedger(options(path, url))).rejects.toMatchObject({ code: 'ledger.copy-missing' });
  });

  test('is made by one process at a time', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const second = freshPath();
    await fillLedger(second);
    const results = await Promise.allSettled([
      copyLedger(options(path, url)),
      copyLedger(options(second, url)),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('goes into a schema that is empty, or a ledger that is', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    await (await openNew(url)).close();
    expect(await copyLedger(options(path, url))).toMatchObject({ isNew: true });
    const other = `${url}?schema=other`;
    await server.query('create schema other; create table other.t()', dbName(url));
    const second = freshPath();
    await fillLedger(second);
    await expect(copyLedger(options(second, other))).rejects.toMatchObject({ code: 'ledger.not-empty' });
    await server.query('drop table other.t', dbName(url));
    expect(await copyLedger(options(second, other))).toMatchObject({ isNew: true });
  });

  test('waits for nobody who sends', async () => {
    const path = freshPath();
    const url = await server.createDatabase();
    await fillLedger(path);
    const sender = await openLedger(path);
    await sender.queue([plan('now')], 50, 'here');
    await expect(copyLedger(options(path, url))).rejects.toMatchObject({ code: 'ledger.in-use' });
    await sender.close();
    const listener = await openLedger(path);
    await listener.events.listen();
    await expect(copyLedger(options(path, url))).rejects.toMatchObject({
      code: 'ledger.in-use',
      message: expect.stringContaining('listens'),
    });
    await listener.close();
    expect(await copyLedger(options(path, url))).toMatchObject({ isNew: true });
  });
});

/** Keeps a copy of the files of a ledger; returns a function that puts it back. */
function keepFiles(path: string): () => void {
  const folder = join(path, '..');
  const backup = mkdtempSync(join(tmpdir(), 'qlara-backup-'));
  afterFile(() => rmSync(backup, { recursive: true, force: true }));
  cpSync(folder, backup, { recursive: true });
  return () => {
    rmSync(folder, { recursive: true });
    cpSync(backup, folder, { recursive: true });
  };
}

const dbName = (url: string) => new URL(url).pathname.slice(1);
