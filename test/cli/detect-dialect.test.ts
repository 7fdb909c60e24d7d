import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, run } from '../support/program.ts';
import { type Answer, empty, envelope, hang, html, json, reset, serve, text } from '../support/server.ts';

/** The calls that a login may make, by a short name. */
const paths = {
  credit: '/v1/partner-gateway/subscription/credit',
  ids: '/partner-gateway/v1/messages/status?ids=',
  customerMessageIds: '/partner-gateway/v1/messages/status?customerMessageIds=',
  guide: '/messages/status?customerMessageIds=',
  numbers: '/message-server/whatsapp/phone-numbers',
  webhook: '/partner-gateway/v1/webhooks/delivery-status',
  bareWebhook: '/webhooks/delivery-status',
};

type Calls = Partial<Record<keyof typeof paths, Answer>>;

const list = json(200, []);
const noCall = envelope(404, 'no such path');
const oneNumber = json(200, { data: [{ id: 5, phoneNumber: '+393901239900', status: 'ACTIVE' }] });
const noWebhook = envelope(404, 'no webhook is configured');

/** A gateway with every call of the platform dialect and none of another. */
const platform: Calls = { ids: list, numbers: oneNumber, webhook: noWebhook };
/** A gateway with the status call of the partner dialect only. */
const partner: Calls = { guide: list };

/** Logs in at a gateway with these calls; the others do not exist. */
async function login(calls: Calls, { args = [] as string[], home = freshHome(), env = {} } = {}) {
  const server = await serve({
    get({ path }) {
      const call = Object.entries(paths).find(([, start]) =>
        path.slice('/api'.length).startsWith(start),
      )?.[0];
      return { credit: json(200, { credit: 1 }), ...calls }[call as keyof Calls] ?? noCall;
    },
  });
  const result = await invoke(['login', ...args], {
    home,
    env: { QLARA_BASE_URL: server.url, ...env },
    stdin: 'ak_live_0123456789abcdef',
    timeout: 30_000,
  });
  const lines = result.stderr.split('\n').slice(2, -1);
  return { ...result, lines, home, server };
}

const readFile = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const readProfile = (home: Home, name = 'default') => {
  try {
    return (readFile(join(home.config, 'config.json')).profiles as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
};
const readStatusCall = (home: Home, url: string) => {
  try {
    return (readFile(join(home.state, 'gateways.json'))[url] as { statusCall?: string }).statusCall;
  } catch {
    return undefined;
  }
};

const senderLine = 'SMS needs a sender ID: `qlara profile set from NAME`';
const agentLine = 'RCS needs an agent: `qlara profile set agentId N`';
const numberLine = (id: string) =>
  `WhatsApp needs a number to send from: \`qlara profile set phoneNumberId ${id}\``;
const missing = (id: string) => [senderLine, agentLine, numberLine(id)];
const proposal = 'the gateway seems to speak the platform dialect: `qlara profile set dialect platform`';
const chosen = ['the gateway speaks the platform dialect', 'profile default: dialect is platform'];
const same = (dialect: string) => `the gateway seems to speak the ${dialect} dialect, as the profile does`;
const both = 'the gateway answers calls of the dialects partner and platform; the profile speaks partner';
const noStatus =
  'note: this gateway cannot be asked for the status of messages: a send in doubt stays in doubt until `qlara resolve` settles it';

describe.concurrent('a login', () => {
  test.for<
    [name: string, calls: Calls, lines: string[], statusCall: string | undefined, dialect: string | undefined]
  >([
    [
      'every call of the platform dialect and no other',
      platform,
      [...chosen, ...missing('5')],
      'ids',
      'platform',
    ],
    [
      'a registered webhook',
      { ...platform, webhook: json(200, { callbackUrl: 'https://x' }) },
      [...chosen, ...missing('5')],
      'ids',
      'platform',
    ],
    [
      'no words about the webhook',
      { ...platform, webhook: empty(404) },
      [proposal, ...missing('5')],
      'ids',
      undefined,
    ],
    ['no list of numbers', { ...platform, numbers: noCall }, [proposal, ...missing('N')], 'ids', undefined],
    [
      'no right to the numbers',
      { ...platform, numbers: envelope(403, 'plan') },
      [proposal, ...missing('N')],
      'ids',
      undefined,
    ],
    [
      'a bare webhook path too',
      { ...platform, bareWebhook: json(200, { url: 'https://x' }) },
      [proposal, ...missing('5')],
      'ids',
      undefined,
    ],
    [
      'a bare status path that fails',
      { ...platform, guide: envelope(500, 'x') },
      [proposal, ...missing('5')],
      'ids',
      undefined,
    ],
    [
      'only the status call of the platform dialect',
      { ids: list },
      [proposal, ...missing('N')],
      'ids',
      undefined,
    ],
    ['both status paths', { ...platform, guide: list }, [both], 'ids', undefined],
    ['the status path of the guide', partner, [same('partner')], 'guide', undefined],
    ['no status path', {}, [noStatus, same('partner')], undefined, undefined],
    [
      'no status path, with 405',
      { ids: empty(405), guide: empty(405), customerMessageIds: empty(405) },
      [noStatus, same('partner')],
      undefined,
      undefined,
    ],
    ['a refusal', { ids: envelope(401, 'no'), guide: envelope(403, 'no') }, [], undefined, undefined],
    ['an HTML page', { ids: html(200), guide: html(200) }, [], undefined, undefined],
    ['an object without a list', { ids: json(200, {}), guide: text(200, '') }, [], undefined, undefined],
    [
      'a failure of its own',
      { ids: envelope(500, 'x'), guide: envelope(500, 'x') },
      [],
      undefined,
      undefined,
    ],
    ['a lost connection', { ids: reset(), guide: reset() }, [], undefined, undefined],
  ])('finds %s', async ([, calls, lines, statusCall, dialect], { expect }) => {
    const result = await login(calls);
    expect([result.code, result.stdout, result.lines]).toEqual([0, '', lines]);
    expect(readStatusCall(result.home, result.server.url)).toBe(statusCall);
    expect(readProfile(result.home)).toEqual(dialect && { dialect });
    // Nothing but reads.
    expect(new Set(result.server.seen.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('leaves the other status calls to be tried until one lists a message', async ({ expect }) => {
    const entry = { customerMessageId: 'order-1', deliveryStatus: 'DELIVERED' };
    // The gateway takes another parameter, and answers any other with an empty list.
    const result = await login({ ids: list, customerMessageIds: json(200, [entry]) });
    expect(readStatusCall(result.home, result.server.url)).toBe('ids');
    const args = ['status', 'order-1', '--json', '--base-url', result.server.url];
    const asked = await invoke(args, { home: result.home, env: { QLARA_API_KEY: 'key' } });
    expect([asked.code, JSON.parse(asked.stdout)]).toMatchObject([0, [{ status: 'delivered' }]]);
    expect(readStatusCall(result.home, result.server.url)).toBe('customerMessageIds');
  });

  test('does not wait for a gateway that does not answer', async ({ expect }) => {
    const started = performance.now();
    const result = await login({ ...platform, ids: hang(), guide: hang() });
    expect([result.code, result.lines]).toEqual([0, []]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('ends at once after the last answer', async ({ expect }) => {
    const { server } = await login(platform);
    // The numbers are asked for once more, for the command that sets one.
    expect(server.seen.length).toBe(Object.keys(paths).length + 1);
    const started = performance.now();
    const result = await run(['login', '--base-url', server.url], { home: freshHome(), stdin: 'key' });
    expect([result.code, result.stderr]).toEqual([0, expect.stringContaining('dialect is platform\n')]);
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  test('proposes what the profile lacks, and names the profile', async ({ expect }) => {
    const home = freshHome();
    await invoke(['profile', 'set', 'from', 'ACME', '--profile', 'shop'], { home });
    await invoke(['profile', 'set', 'phoneNumberId', '5', '--profile', 'shop'], { home });
    const result = await login({ ids: list }, { home, args: ['--profile', 'shop'] });
    expect(result.lines).toEqual([
      'the gateway seems to speak the platform dialect: `qlara profile set dialect platform --profile shop`',
      'RCS needs an agent: `qlara profile set agentId N --profile shop`',
    ]);
    // The command works as printed.
    const command = /`qlara ([^`]+)`/.exec(result.lines[0] ?? '')?.[1]?.split(' ') ?? [];
    expect((await invoke(command, { home })).code).toBe(0);
    expect(readProfile(home, 'shop')).toMatchObject({ dialect: 'platform' });
  });

  test.for<[name: string, more: Parameters<typeof login>[1], lines: string[], profile: unknown]>([
    ['by the flag', { args: ['--dialect', 'partner'] }, [proposal, ...missing('5')], { dialect: 'partner' }],
    [
      'by the environment',
      { env: { QLARA_DIALECT: 'partner' } },
      [proposal.replace('qlara profile set dialect platform', 'QLARA_DIALECT=platform'), ...missing('5')],
      undefined,
    ],
    [
      'by the profile',
      { home: freshHome({ dialect: 'partner' }) },
      [proposal, ...missing('5')],
      { dialect: 'partner' },
    ],
    [
      'and agrees',
      { args: ['--dialect', 'platform'] },
      [same('platform'), ...missing('5')],
      { dialect: 'platform' },
    ],
  ])('changes no dialect that is named %s', async ([, more, lines, profile], { expect }) => {
    const result = await login(platform, more);
    expect([result.code, result.lines, readProfile(result.home)]).toEqual([0, lines, profile]);
  });

  test('proposes the partner dialect to a profile of the other', async ({ expect }) => {
    const result = await login(partner, { args: ['--dialect', 'platform'] });
    expect(result.lines).toEqual([
      'the gateway seems to speak the partner dialect: `qlara profile set dialect partner`',
    ]);
  });

  test('names a number only if it is the only active one', async ({ expect }) => {
    const entry = (id: number, status = 'ACTIVE') => ({ id, phoneNumber: `+39390123990${id}`, status });
    for (const [entries, id] of [
      [[entry(5), entry(6, 'PENDING')], '5'],
      [[entry(5), entry(6)], 'N'],
      [[entry(6, 'PENDING')], 'N'],
      [[], 'N'],
    ] as const)
      expect((await login({ ...platform, numbers: json(200, entries) })).lines.at(-1)).toBe(numberLine(id));
  });

  test('asks nothing with --no-check', async ({ expect }) => {
    const result = await login(platform, { args: ['--no-check'] });
    expect([result.code, result.server.seen]).toEqual([0, []]);
  });
});
