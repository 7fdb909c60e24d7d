import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as Dialects from '../../src/sandbox/dialects.ts';
import type * as Server from '../../src/sandbox/server.ts';
import { receiver } from './receiver.ts';

// A dialect that no vendor has, added to a copy of the source as one folder and one line.

const root = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'qlara-dialect-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const folder = `
import { randomUUID } from 'node:crypto';
import { readText, requireText } from '../fields.ts';

export const dialect = {
  recipientField: 'msisdn',
  read: (channel, body) => ({
    phoneNumber: requireText(body, 'msisdn'),
    hops: [{ channel, text: requireText(body, 'content'), template: null, variables: {}, obstacle: null }],
    clientId: readText(body, 'ref'),
    simulation: false,
    scheduledAt: null,
    notifies: true,
    sender: null,
    allowsValue: () => false,
  }),
  write: (_, { messageId, results }) => ({
    status: 202,
    body: { receipt: messageId, ok: results[0].rejection === null },
  }),
  assignIds(clientId) {
    const messageId = 'r-' + randomUUID();
    return { messageId, customerMessageId: clientId ?? messageId };
  },
  templateFields: () => ({ template: 'template', variables: 'values' }),
  needsAllValues: true,
  outsideWindowMessage: null,
  templateIds: 'texts',
  ownPaths: ['/services/sms/credit'],
  status: {
    idParameters: ['refs'],
    needsChannel: false,
    describeMissingParameter: (name) => 'no ' + name,
    render: ({ customerMessageId }, steps) => ({ ref: customerMessageId, state: steps.at(-1)?.status }),
  },
  shapes: {
    made: {
      step: ({ customerMessageId }, { status }) => [{ ref: customerMessageId, state: status }],
      inbound: ({ text }) => ({ said: text }),
    },
  },
  defaultShape: 'made',
};
`;

beforeAll(() => {
  cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  mkdirSync(join(copy, 'src/sandbox/made'));
  writeFileSync(join(copy, 'src/sandbox/made/dialect.ts'), folder);
  const registry = join(copy, 'src/sandbox/dialects.ts');
  const line = "  platform: () => import('./platform/dialect.ts'),\n";
  const source = readFileSync(registry, 'utf8');
  expect(source.split(line)).toHaveLength(2);
  writeFileSync(registry, source.replace(line, `${line}  made: () => import('./made/dialect.ts'),\n`));
});

const load = <Module>(file: string) =>
  import(pathToFileURL(join(copy, 'src/sandbox', file)).href) as Promise<Module>;

async function startCopy(options: Partial<Server.SandboxOptions>) {
  const { startSandbox } = await load<typeof Server>('server.ts');
  const clock = { now: 0 };
  const base = { host: '127.0.0.1', port: 0, speed: 1, rateLimit: false, state: 'memory' };
  const sandbox = await startSandbox({ ...base, now: () => clock.now, ...options });
  const call = async (path: string, body?: object) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(sandbox.url + path, { headers: { 'X-Api-Key': 'any' }, ...init });
    return { status: answer.status, body: await answer.json() };
  };
  return { ...sandbox, clock, call };
}

const send = '/message-server/sms/send';
const made = { msisdn: '+393901234567', content: 'Hi', ref: 'a' };

test('a dialect is a folder and a line', async () => {
  const { sandboxDialectNames } = await load<typeof Dialects>('dialects.ts');
  expect(sandboxDialectNames).toEqual(['partner', 'platform', 'made']);

  const hook = await receiver();
  const strict = 'made' as Server.SandboxOptions['strict'];
  const sandbox = await startCopy({ strict, sendsWebhooks: true, webhookUrl: hook.url });
  const { call, clock } = sandbox;
  expect(await call(send, made)).toEqual({
    status: 202,
    body: { receipt: expect.stringMatching(/^r-/), ok: true },
  });
  expect(await call(send, { ...made, msisdn: '+393901230013' })).toMatchObject({ body: { ok: false } });
  for (const body of [{ phoneNumber: made.msisdn, message: 'x' }, { destination: made.msisdn }])
    expect(await call(send, body)).toMatchObject({
      status: 400,
      body: { message: 'msisdn: must not be null' },
    });
  clock.now += 2000;
  await hook.count(3);
  expect(hook.events().at(-1)).toEqual({ ref: 'a', state: 'delivered' });
  expect((await call('/services/sms/credit')).body).toEqual({ credit: 99_999.96 });
  expect((await call('/messages/status/a')).status).toBe(404);
  expect((await call('/v1/partner-gateway/subscription/credit')).status).toBe(404);
  await sandbox.close();

  const other = await startCopy({ strict: 'platform' });
  expect((await other.call('/services/sms/credit')).status).toBe(404);
  await other.close();

  const all = await startCopy({});
  expect((await all.call(send, made)).status).toBe(202);
  expect((await all.call(send, { phoneNumber: made.msisdn, message: 'x' })).body).toHaveProperty('results');
  expect((await all.call('/messages/status?refs=a')).body).toMatchObject([{ customerMessageId: 'a' }]);
  await all.close();
});
