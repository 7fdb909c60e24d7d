import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, vi } from 'vitest';
import { homeAfterPowerCut, runTraced, type SentRequest, traceUnavailable } from '../support/power-cut.ts';
import { freshHome, type Home, only, run } from '../support/program.ts';
import { empty, serve } from '../support/server.ts';

vi.setConfig({ testTimeout: 120_000 });

const key = { QLARA_API_KEY: 'any' };

const skipReason = traceUnavailable();
if (skipReason !== undefined && process.env.CI) throw new Error(skipReason);

const singleArgs = (id: string) => ['send', 'sms', '--to', '+393901234567', '--message', 'Ciao', '--id', id];
const getRecipient = ({ request }: SentRequest) => /"phoneNumber":"([^"]*)"/.exec(request)?.[1];

/** Writes a file of rows and returns the command that sends it. */
function bulkArgs(home: Home): string[] {
  const rows = Array.from({ length: 30 }, (_, i) => `+3939012345${i + 10}`);
  const file = join(home.path, 'rows.csv');
  writeFileSync(file, ['to', ...rows, ''].join('\n'));
  return ['send', 'sms', '--file', file, '--message', 'Ciao', '--concurrency', '3', '--yes'];
}

/** Returns the id of the only bulk. */
async function findOnlyBulk(home: Home, env: Record<string, string>, ...flags: string[]): Promise<string> {
  const { stdout } = await run(['bulk', 'list', '--json', ...flags], { home, env });
  return only(JSON.parse(stdout) as { id: string }[]).id;
}

/**
 * Returns the requests that met different states of the disk, each with the recipients sent to so far. Of
 * requests with the same state, the last one stands for all.
 */
function selectDistinct(requests: readonly SentRequest[]) {
  const sentBefore = requests.map(getRecipient);
  return requests
    .map((request, nth) => ({ request, sentBefore: sentBefore.slice(0, nth + 1) }))
    .filter(({ request }, nth) => request.files !== requests[nth + 1]?.files);
}

/**
 * Restores the home after the power cut and runs a command; returns its exit code and the recipients it sent
 * to.
 */
async function resumeAfterPowerCut(request: SentRequest, home: Home, args: readonly string[]) {
  const restored = homeAfterPowerCut(request, home);
  // Status requests fail, so nothing can prove that a message in doubt was not accepted.
  const server = await serve({ get: empty(500) });
  const env = { ...key, QLARA_BASE_URL: server.url };
  const { code } = await run(args, { home: restored, env, timeout: 60_000 });
  return { code, sent: server.posts().map(({ body }) => String(body.phoneNumber)) };
}

describe.skipIf(skipReason !== undefined)(
  `after a power cut during a request no message is sent twice${skipReason ? ` (${skipReason})` : ''}`,
  () => {
    test.for([
      ['into a new ledger', 0],
      ['into a ledger with messages', 2],
    ] as const)('a single send %s', async ([, earlier], { expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve();
      const env = { ...key, QLARA_BASE_URL: server.url };
      for (let i = 0; i < earlier; i++) await run(singleArgs(`earlier-${i}`), { home, env });
      const requests = await runTraced(singleArgs('order-1'), home, env);
      expect(requests.length).toBe(1);
      for (const request of requests)
        expect(await resumeAfterPowerCut(request, home, singleArgs('order-1'))).toMatchObject({
          code: 6,
          sent: [],
        });
    });

    test('a bulk', async ({ expect }) => {
      const home = freshHome({ grace: '100ms' });
      const server = await serve();
      const env = { ...key, QLARA_BASE_URL: server.url };
      const requests = await runTraced([...bulkArgs(home), '--rate', '1000/s'], home, env);
      const id = await findOnlyBulk(home, env);
      const results = selectDistinct(requests).map(async ({ request, sentBefore }) => {
        const { code, sent } = await resumeAfterPowerCut(request, home, ['bulk', 'resume', id, '--yes']);
        expect([code, sent.filter((to) => sentBefore.includes(to))]).toEqual([6, []]);
      });
      await Promise.all(results);
    });

    // Without a rate limit only the claims are written before the requests.
    test('a bulk without a rate limit, to the sandbox', async ({ expect }) => {
      const home = freshHome();
      const requests = await runTraced([...bulkArgs(home), '--sandbox'], home, {});
      const id = await findOnlyBulk(home, {}, '--sandbox');
      const results = selectDistinct(requests).map(async ({ request, sentBefore }) => {
        const args = ['bulk', 'resume', id, '--yes', '--sandbox', '--verbose'];
        const { code, stderr } = await run(args, { home: homeAfterPowerCut(request, home) });
        const sent = [...stderr.matchAll(/^> .*"phoneNumber":"([^"]*)"/gm)].map(([, to = '']) => to);
        expect([code, sent.filter((to) => sentBefore.includes(to))]).toEqual([0, []]);
      });
      await Promise.all(results);
    });
  },
);
