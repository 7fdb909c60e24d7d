import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { bulkRows, bulkSpec } from '../support/messages.ts';
import {
  freshHome,
  type Home,
  parseError,
  type RunningProgram,
  run,
  start,
  until,
} from '../support/program.ts';
import {
  type Answer,
  accept,
  acceptThen,
  envelope,
  hang,
  type ReceivedRequest,
  serve,
  type TestGateway,
} from '../support/server.ts';

interface Shared {
  home: Home;
  server: TestGateway;
  env: Record<string, string>;
  file: string;
}

/** Prepares a gateway that answers each request after a while, and a file of rows. */
async function share(
  count: number,
  post: (seen: ReceivedRequest, nth: number) => Answer = () => delayed(accept()),
): Promise<Shared> {
  const home = freshHome({ grace: '300ms' });
  const server = await serve({ post });
  return {
    home,
    server,
    env: { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url },
    file: writeRows(home, 'rows.csv', count),
  };
}

function writeRows(home: Home, name: string, count: number): string {
  const path = join(home.path, name);
  const lines = Array.from({ length: count }, (_, i) => `+3934${70_000_000 + i * 7}`);
  writeFileSync(path, `to\n${lines.join('\n')}\n`);
  return path;
}

function delayed(answer: Answer, ms = 20): Answer {
  return { ...answer, play: (response, seen) => void setTimeout(() => answer.play(response, seen), ms) };
}

const flags = ['-m', 'Ciao', '--yes', '--rate', '100/s', '--concurrency', '4'];

/** Starts the sending process and waits until the gateway has accepted a message. */
async function startSender({ home, server, env, file }: Shared, ...more: string[]): Promise<RunningProgram> {
  const sender = start(['send', 'sms', '--file', file, ...flags, ...more], { home, env, timeout: 60_000 });
  await until(
    () => server.taken.length > 0,
    () => `a message is sent: ${sender.printed.stderr}`,
  );
  return sender;
}

const work = ({ home, env }: Shared, ...words: string[]) =>
  start(['bulk', 'work', ...words], { home, env, timeout: 60_000 });

async function withLedger<T>(
  { home }: Shared,
  read: (ledger: Awaited<ReturnType<typeof openLedger>>) => Promise<T>,
): Promise<T> {
  const ledger = await openLedger(join(home.state, 'default.db'));
  try {
    return await read(ledger);
  } finally {
    await ledger.close();
  }
}

/** Returns the id of the bulk with this label. */
const findId = (shared: Shared, name: string | null = null) =>
  withLedger(shared, async ({ bulks }) => {
    for (;;) {
      const found = (await bulks.list()).find((one) => one.name === name);
      if (found) return found.id;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

/** Waits until so many processes are at work on a bulk and have sent a message; resolves to their process numbers. */
async function untilAtWork(shared: Shared, id: string, count: number): Promise<number[]> {
  return withLedger(shared, async ({ bulks }) => {
    for (const end = Date.now() + 20_000; Date.now() < end; ) {
      const busy = (await bulks.workers(id)).filter(({ accepted }) => accepted > 0);
      if (busy.length === count) return busy.map(({ pid }) => pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`there are not ${count} processes at work`);
  });
}

function findDuplicates(ids: readonly string[]): string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.has(id) || !seen.add(id));
}

describe.concurrent('several processes that send one bulk', () => {
  test('share it, and each message is sent once', async ({ expect }) => {
    const shared = await share(400);
    const sender = await startSender(shared, '-o', 'csv');
    const id = await findId(shared);
    const helpers = [work(shared, id, '-o', 'csv'), work(shared)];
    await untilAtWork(shared, id, 3);
    const [sent, named, unnamed] = await Promise.all([sender.done, ...helpers.map(({ done }) => done)]);
    expect([sent.code, named?.code, unnamed?.code]).toEqual([0, 0, 0]);
    expect(findDuplicates(shared.server.taken)).toEqual([]);
    expect(shared.server.taken).toHaveLength(400);
    // The process that the user watches prints every message, a helper only its own.
    const rows = sent.stdout.trim().split('\n').slice(1);
    expect([rows.length, new Set(rows.map((row) => row.split(',')[0])).size]).toEqual([400, 400]);
    const own = (named?.stdout.trim().split('\n').length ?? 0) - 1;
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan(400);
    expect(unnamed?.stdout).toBe('');
    expect(unnamed?.stderr).toMatch(
      /^bulk \S+: \d+ of 400 messages left, [12] others? at work\nbulk \S+: nothing is left; this process sent \d+ in .*\n$/,
    );
  });

  test('keep to its rate together', async ({ expect }) => {
    const shared = await share(250);
    const sender = await startSender(shared, '--rate', '50/s');
    const id = await findId(shared);
    const helper = work(shared, id);
    await untilAtWork(shared, id, 2);
    const first = shared.server.posts().length;
    const codes = (await Promise.all([sender.done, helper.done])).map(({ code }) => code);
    expect(codes).toEqual([0, 0]);
    const times = shared.server
      .posts()
      .slice(first)
      .map(({ at }) => at);
    const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
    const rate = (times.length - 1) / seconds;
    expect(rate).toBeGreaterThan(40);
    expect(rate).toBeLessThan(52);
  });

  test('are shown with their rates, and what is left', async ({ expect }) => {
    const shared = await share(900);
    const { home, env } = shared;
    const sender = await startSender(shared, '--rate', '60/s');
    const id = await findId(shared);
    const helper = work(shared, id);
    const pids = await untilAtWork(shared, id, 2);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const shown = await run(['bulk', 'show', id, '--json'], { home, env });
    const [report] = JSON.parse(shown.stdout) as [{ state: string; workers: Record<string, unknown>[] }];
    expect(report.state).toBe('running');
    const at = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
    const number = expect.any(Number) as unknown;
    expect(report.workers).toEqual(
      pids.map((pid) => ({
        host: hostname(),
        pid,
        since: at,
        accepted: number,
        rate: number,
        silent: false,
      })),
    );
    for (const { rate } of report.workers) {
      expect(rate).toBeGreaterThan(5);
      expect(rate).toBeLessThan(100);
    }
    const watched = await run(['bulk', 'show', id, '--watch', '--timeout', '7s'], { home, env });
    expect(watched.stderr).toMatch(/^following .* 2 at work$/m);
    await run(['bulk', 'stop', id], { home, env });
    await Promise.all([sender.done, helper.done]);
    const after = await run(['bulk', 'show', id, '--json'], { home, env });
    expect(JSON.parse(after.stdout)).toMatchObject([{ state: 'stopped', workers: [] }]);
  });

  test('finish what a killed one leaves', async ({ expect }) => {
    const shared = await share(300);
    const sender = await startSender(shared);
    const id = await findId(shared);
    const helper = work(shared, id);
    await untilAtWork(shared, id, 2);
    sender.child.kill('SIGKILL');
    const result = await helper.done;
    expect([result.code, findDuplicates(shared.server.taken)]).toEqual([0, []]);
    expect(shared.server.taken).toHaveLength(300);
  });

  test('wait at the end for one whose messages they may have to take over', async ({ expect }) => {
    // The first request of the sender hangs; it is killed while the helper has nothing left to do.
    const shared = await share(40, (_, nth) => (nth === 0 ? acceptThen(hang()) : delayed(accept())));
    const sender = await startSender(shared);
    const id = await findId(shared);
    const helper = work(shared, id);
    await until(() => shared.server.taken.length === 40, 'all others are sent');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(helper.child.exitCode).toBeNull();
    sender.child.kill('SIGKILL');
    const result = await helper.done;
    expect([result.code, shared.server.taken.length, findDuplicates(shared.server.taken)]).toEqual([
      0,
      40,
      [],
    ]);
  });

  test('stop together, and are resumed', async ({ expect }) => {
    const shared = await share(400);
    const { home, env, server } = shared;
    const sender = await startSender(shared);
    const id = await findId(shared);
    const helpers = [work(shared, id, '-o', 'json'), work(shared)];
    await untilAtWork(shared, id, 3);
    const stop = await run(['bulk', 'stop', id, '--json'], { home, env });
    const count = server.taken.length;
    expect(JSON.parse(stop.stdout)).toMatchObject([{ id, state: 'stopped' }]);
    const ends = await Promise.all([sender.done, ...helpers.map(({ done }) => done)]);
    expect(ends.map(({ code }) => code)).toEqual([130, 130, 130]);
    expect(parseError(ends[1] as never)).toMatchObject({ code: 'bulk.stopped' });
    expect(server.taken).toHaveLength(count);
    const refused = await run(['bulk', 'work', id, '--json'], { home, env });
    expect([refused.code, parseError(refused).code]).toEqual([3, 'bulk.stopped']);
    const none = await run(['bulk', 'work'], { home, env });
    expect([none.code, none.stderr]).toEqual([0, 'no bulk is left to send\n']);
    const resumed = await run(['bulk', 'resume', id, '--yes'], { home, env });
    expect([resumed.code, server.taken.length, findDuplicates(server.taken)]).toEqual([0, 400, []]);
  });

  test.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('pause on %s of the sending process', async ([signal, code], { expect }) => {
    const shared = await share(400);
    const { home, env, server } = shared;
    const sender = await startSender(shared);
    const id = await findId(shared);
    const helper = work(shared, id);
    await untilAtWork(shared, id, 2);
    sender.child.kill(signal);
    const [sent, helped] = await Promise.all([sender.done, helper.done]);
    expect([sent.code, helped.code]).toEqual([code, 130]);
    expect(sent.stderr).toMatch(
      /hint: the bulk is paused on all machines; `qlara bulk resume \S+` resumes it\n$/,
    );
    expect(server.taken.length).toBeLessThan(400);
    expect((await run(['bulk', 'resume', id, '--yes'], { home, env })).code).toBe(0);
    expect([server.taken.length, findDuplicates(server.taken)]).toEqual([400, []]);
  });

  test('go on without one that is interrupted', async ({ expect }) => {
    const shared = await share(300);
    const sender = await startSender(shared);
    const id = await findId(shared);
    const helper = work(shared, id);
    await untilAtWork(shared, id, 2);
    helper.child.kill('SIGINT');
    const [sent, helped] = await Promise.all([sender.done, helper.done]);
    expect([sent.code, helped.code]).toEqual([0, 130]);
    expect(helped.stderr).toMatch(
      /hint: the bulk goes on in other processes; `qlara bulk work \S+` joins it again\n$/,
    );
    expect([shared.server.taken.length, findDuplicates(shared.server.taken)]).toEqual([300, []]);
  });

  test('are one too many with `bulk resume`', async ({ expect }) => {
    const shared = await share(200);
    const { home, env } = shared;
    const sender = await startSender(shared);
    const id = await findId(shared);
    const resume = await run(['bulk', 'resume', id, '--yes', '--json'], { home, env });
    expect([resume.code, parseError(resume).code]).toEqual([3, 'bulk.running']);
    expect(parseError(resume).hint).toMatch(
      /`qlara bulk show .* --watch` follows it, `qlara bulk stop .*` stops it, `qlara bulk work \S+` joins it$/,
    );
    expect((await sender.done).code).toBe(0);
  });

  test('are all stopped where the gateway refuses the first messages', async ({ expect }) => {
    const shared = await share(200, () => delayed(envelope(400, 'messageText: must not be blank')));
    const { home, env, file } = shared;
    const follower = work(shared, '--follow');
    const sent = await run(['send', 'sms', '--file', file, ...flags, '--json'], { home, env });
    expect([sent.code, parseError(sent).code]).toEqual([1, 'bulk.refused']);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(shared.server.posts().length).toBeLessThan(60);
    follower.child.kill('SIGTERM');
    expect((await follower.done).code).toBe(143);
  });
});

describe.concurrent('a follower', () => {
  test('sends the next bulk, and one that is resumed, until SIGTERM', async ({ expect }) => {
    const shared = await share(300);
    const { home, env, server } = shared;
    const follower = work(shared, '--follow', '-o', 'ndjson');
    await until(() => follower.printed.stderr.includes('waiting for bulks'), 'it waits');
    const first = await startSender(shared);
    const firstId = await findId(shared);
    await untilAtWork(shared, firstId, 2);
    first.child.kill('SIGINT');
    await first.done;
    await until(() => follower.printed.stderr.includes('was paused; '), 'the follower stops too');
    const paused = server.taken.length;
    const second = await startSender(
      { ...shared, file: writeRows(home, 'second.csv', 300) },
      '--name',
      'two',
    );
    const secondId = await findId(shared, 'two');
    await untilAtWork(shared, secondId, 2);
    expect((await second.done).code).toBe(0);
    expect(server.taken).toHaveLength(paused + 300);
    const resumed = start(['bulk', 'resume', firstId, '--yes'], { home, env });
    await untilAtWork(shared, firstId, 2);
    expect((await resumed.done).code).toBe(0);
    expect([server.taken.length, findDuplicates(server.taken)]).toEqual([600, []]);
    await until(
      () =>
        follower.printed.stderr.split('\n').filter((line) => line.includes('nothing is left')).length === 2,
      'it has finished both',
    );
    follower.child.kill('SIGTERM');
    const end = await follower.done;
    expect(end.code).toBe(143);
    expect(end.stderr).toMatch(
      /the bulk goes on in other processes; `qlara bulk work --follow` joins it again/,
    );
    expect(end.stderr).toMatch(/^waiting for bulks to send in (postgres:\/\/\S+|\/\S+\.db)\n/);
    expect(end.stderr).toMatch(/bulk \S+: the bulk was paused; this process sent \d+ in/);
    expect(end.stderr).toMatch(/bulk \S+ \(two\): \d+ of 300 messages left, 1 other at work/);
    const ids = end.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(findDuplicates(ids)).toEqual([]);
    expect(ids.every((id) => server.taken.includes(id))).toBe(true);
  });

  test('finishes its requests on SIGTERM and gives the rest back', async ({ expect }) => {
    const shared = await share(150, () => delayed(accept(), 300));
    const { home, env, server } = shared;
    const sender = await startSender(shared, '--concurrency', '12');
    const id = await findId(shared);
    const follower = work(shared, '--follow');
    await untilAtWork(shared, id, 2);
    follower.child.kill('SIGTERM');
    expect((await follower.done).code).toBe(143);
    await run(['bulk', 'stop', id], { home, env });
    expect((await sender.done).code).toBe(130);
    const left = await withLedger(shared, ({ bulks }) => bulks.countUnsettled(id));
    expect(left).toEqual({ queued: 150 - server.taken.length, doubt: 0 });
    expect((await run(['bulk', 'resume', id, '--yes'], { home, env })).code).toBe(0);
    expect([server.taken.length, findDuplicates(server.taken)]).toEqual([150, []]);
  });

  test('sends no bulk before it is approved', async ({ expect }) => {
    const shared = await share(20);
    // A process that died at its question leaves such a bulk.
    const id = '0193b2c4-7f1e-7c3a-9d2b-000000000000';
    await withLedger(shared, async ({ bulks }) => {
      await bulks.begin(bulkSpec({ id }));
      await bulks.add(id, bulkRows(3));
      await bulks.seal(id, 'f');
    });
    const follower = work(shared, '--follow');
    await until(() => follower.printed.stderr.includes('waiting for bulks'), 'it waits');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(shared.server.posts()).toEqual([]);
    const { home, env } = shared;
    const resumed = await run(['bulk', 'resume', id, '--yes'], { home, env });
    expect([resumed.code, shared.server.taken.length]).toEqual([0, 3]);
    follower.child.kill('SIGTERM');
    await follower.done;
  });
});
