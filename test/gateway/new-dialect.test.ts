import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { post } from '../support/hook.ts';
import { environment, freshHome, type Home, until } from '../support/program.ts';
import { json, serve, text } from '../support/server.ts';

// Adds a made-up dialect to a copy of the source: a folder, and a line in the list of dialects.

const root = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'qlara-dialect-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const source = `
import { fail } from '../../errors.ts';
import type { Dialect } from '../dialect.ts';
import { asId, asObject, tryParseJson } from '../http/json.ts';
import { dialect as partner } from '../partner/dialect.ts';
import { judgeCall, unknownId } from '../probe.ts';

const none = async (): Promise<never> => fail('gateway', 'gateway.not-found', 'pigeons carry no such thing');
const list = (json: unknown) => (Array.isArray(json) ? json.map((one) => asObject(one) ?? {}) : undefined);

export const dialect: Dialect = {
  rules: partner.rules,
  send: ({ id, to, message }) => ({ path: '/fly', body: { nest: to, ring: id, scroll: message.text } }),
  readSend: (json) =>
    asObject(json)?.flies === true
      ? { kind: 'accepted', gatewayId: null, channel: null, simulation: false }
      : undefined,
  readError: async ({ status }) => ({ kind: 'refused', reason: 'the pigeon says ' + status }),
  contentFields: new Set(['scroll']),
  listChannels: ({ chain }) => chain,
  statusCalls: [{ name: 'rings', byChannel: false, path: (ids) => '/rings/' + ids.join('+') }],
  readStatus(json, now) {
    const entries = list(json)?.map((one) => ({
      ids: [asId(one.ring) ?? ''],
      status: {
        id: asId(one.ring),
        receipt: { channel: null, status: 'delivered' as const, reason: null, at: now },
        previousAttempts: [],
        gatewayId: null,
        to: null,
      },
      isProof: true,
    }));
    return entries && { isComplete: true, entries, unidentified: 0 };
  },
  openTemplates: none,
  openInbox: none,
  openWebhooks: async (client) => ({
    get: async () => null,
    async set(url) {
      client.assertOk(await client.request('POST', '/home', { loft: url }));
      return true;
    },
    remove: async () => false,
  }),
  async fetchCredit(client) {
    const body = asObject(tryParseJson((await client.get('/seeds', 1000)).text));
    return { credit: Number(body?.seeds), frozenCredit: null, availableCredit: null };
  },
  loadEventReader: async () => ({
    kindFields: ['flight'],
    readEvent(event, now) {
      const ring = asId(event.ring);
      if (event.flight !== 'landed' || ring === null) return undefined;
      const receipt = { channel: null, status: 'delivered' as const, reason: null, at: now };
      return { kind: 'receipt', ids: [ring], to: null, receipt };
    },
  }),
  loadProbes: async () => [{ path: '/rings/' + unknownId, judge: (response) => judgeCall(response, (json) => list(json) !== undefined) }],
  neededSettings: ['from'],
};
`;

beforeAll(() => {
  for (const name of ['src', 'bin', 'package.json', 'rolldown.config.ts', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, 'src/gateway/pigeon'));
  writeFileSync(join(copy, 'src/gateway/pigeon/dialect.ts'), source);
  const path = join(copy, 'src/gateway/dialects.ts');
  const before = readFileSync(path, 'utf8');
  const line = "  pigeon: async () => (await import('./pigeon/dialect.ts')).dialect,\n";
  writeFileSync(
    path,
    before.replace('} satisfies Record<string', () => `${line}} satisfies Record<string`),
  );
  const bin = (tool: string) => join(root, 'node_modules', tool);
  execFileSync(process.execPath, [bin('typescript/bin/tsc'), '--noEmit'], { cwd: copy, stdio: 'inherit' });
  execFileSync(process.execPath, [bin('rolldown/bin/cli.mjs'), '--config', 'rolldown.config.ts'], {
    cwd: copy,
    stdio: 'ignore',
  });
}, 120_000);

/** Runs the copy in the new dialect; resolves to what it prints. */
async function qlara(home: Home, url: string, args: readonly string[], input = '') {
  const env = environment(home, { QLARA_API_KEY: 'key', QLARA_BASE_URL: url });
  const running = promisify(execFile)(process.execPath, [join(copy, 'bin/qlara.js'), ...args], { env });
  running.child.stdin?.end(input);
  return running.catch((cause: { stdout: string; stderr: string }) => cause);
}

test('speaks a new dialect with every command', async () => {
  const sent: string[] = [];
  const server = await serve({
    post: ({ body, path }) => {
      if (path.endsWith('/fly')) sent.push(String(body.ring));
      return json(200, { flies: true });
    },
    get({ path }) {
      if (path.endsWith('/seeds')) return json(200, { seeds: 7 });
      if (path.includes('/rings/'))
        return json(
          200,
          sent.map((ring) => ({ ring })),
        );
      return text(404, 'no such path');
    },
  });
  const home = freshHome({ dialect: 'pigeon' });
  const run = async (...args: string[]) => (await qlara(home, server.url, [...args, '--json'])).stdout;

  const [row] = JSON.parse(
    await run('send', 'sms', '-t', '+393901234567', '-m', 'Coo', '--id', 'r1', '--wait'),
  ) as Record<string, unknown>[];
  expect(row).toMatchObject({ id: 'r1', status: 'delivered', channel: 'sms' });
  expect(server.posts()[0]).toMatchObject({
    path: '/api/fly',
    body: { nest: '+393901234567', ring: 'r1', scroll: 'Coo' },
  });
  expect(JSON.parse(await run('credit'))).toMatchObject([{ credit: 7, currency: 'EUR' }]);
  await run('webhook', 'set', 'https://example.com/loft');
  expect(server.posts().at(-1)).toMatchObject({
    path: '/api/home',
    body: { loft: 'https://example.com/loft' },
  });
  expect((await qlara(home, server.url, ['numbers'])).stderr).toContain('the pigeon dialect has no list');
  expect((await qlara(home, server.url, ['webhook', 'set', '--help'])).stdout).toContain('pigeon');
}, 60_000);

test('recognizes the gateway at login, and reads its events whatever the dialect of the profile is', async () => {
  const server = await serve({
    get({ path }) {
      if (path.includes('/rings/')) return json(200, []);
      return path.endsWith('/credit') ? json(200, { credit: 1 }) : text(404, 'no such path');
    },
  });
  const home = freshHome();
  const { stderr } = await qlara(home, server.url, ['login'], 'key-0123456789');
  expect(stderr).toContain('the gateway speaks the pigeon dialect');
  expect(stderr).toContain('`qlara profile set from NAME`');

  const args = [join(copy, 'bin/qlara.js'), 'listen', '--port', '0', '-o', 'ndjson', '--dialect', 'partner'];
  const child = spawn(process.execPath, args, { env: environment(freshHome()) });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  await until(() => printed.includes('\n'), 'it listens', 20_000);
  const { url } = JSON.parse(printed.split('\n')[0] ?? '') as { url: string };
  expect((await post(url, { flight: 'landed', ring: 'r1' }))?.status).toBe(200);
  await until(() => printed.includes('"r1"'), 'it prints the event', 5_000);
  child.kill();
}, 60_000);
