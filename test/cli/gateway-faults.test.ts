import { describe, expect, test, vi } from 'vitest';
import { invoke, sendControl } from '../support/invoke.ts';
import { errorOf, freshHome, only, recorded, rowsOf, run } from '../support/program.ts';
import {
  accepts,
  empty,
  envelope,
  garbage,
  html,
  huge,
  json,
  raw,
  redirect,
  reset,
  serve,
  taking,
  text,
  truncated,
} from '../support/server.ts';
import { closedPort } from '../support/wire.ts';

// They wait more than they work.
vi.setConfig({ maxConcurrency: 12 });

/** What a send makes of a gateway that behaves so. */
type Case = [
  fault: string,
  behavior: Parameters<typeof serve>[0],
  end: {
    exit: number;
    posts: number;
    taken: number;
    status: string;
    code?: string;
    reason?: string | null;
    /** Whether the gateway has accepted another message before. */
    compared?: true;
  },
];

const key = { QLARA_API_KEY: 'any' };
const line = (url: string) => [
  ...['send', 'sms', '--to', '+393901234567', '--message', 'Hello', '--id', 'order-1', '--json'],
  ...['--base-url', url],
];

async function check(behavior: Case[1], { compared, ...end }: Case[2]) {
  const home = freshHome({ grace: '300ms' });
  const server = await serve(behavior);
  if (compared) await sendControl(server.url, { home, env: key });
  // A reset that this process sends to itself is there before the request has left.
  const send = behavior?.resets === undefined ? invoke : run;
  const ran = await send(line(server.url), { home, env: key, timeout: 20_000 });
  const row = only(rowsOf(ran));
  const told = { status: row.status, ...('reason' in end && { reason: row.reason }) };
  const failed = ran.code !== 0 && ran.code !== 1;
  expect({
    exit: ran.code,
    posts: server.posts().length,
    taken: server.taken.length,
    ...told,
    ...(failed && { code: errorOf(ran).code }),
  }).toEqual(end);
  expect(server.taken.length).toBeLessThanOrEqual(1);
  expect(new Set(server.posts().map(({ id }) => id)).size).toBeLessThanOrEqual(1);
  const kept = (await recorded(home)).filter(({ plan }) => plan.id === 'order-1');
  expect(only(kept).phase).toBe(phases[end.status]);
}

const phases: Record<string, string> = {
  queued: 'queued',
  unknown: 'doubt',
  rejected: 'refused',
  submitted: 'accepted',
  delivered: 'accepted',
};

const known = { exit: 0, posts: 1, taken: 1, status: 'delivered' };
const again = { exit: 0, posts: 2, taken: 1, status: 'submitted', compared: true } as const;
/** Nothing proves that it is absent. */
const incomparable = { exit: 6, posts: 1, taken: 0, status: 'unknown', code: 'send.in-doubt' };
const doubt = { exit: 6, posts: 1, taken: 1, status: 'unknown', code: 'send.in-doubt' };

describe.concurrent('an answer that leaves in doubt whether the message was taken', () => {
  test.for<Case>([
    ['reset after reading, taken', { post: taking(reset()) }, known],
    ['reset after reading, not taken', { post: [reset(), accepts()] }, again],
    ['reset after reading, not taken, nothing to compare with', { post: [reset(), accepts()] }, incomparable],
    ['500, not taken, nothing to compare with', { post: [envelope(500, 'failed'), accepts()] }, incomparable],
    ['500, taken', { post: taking(envelope(500, 'failed')) }, known],
    ['500, not taken', { post: [envelope(500, 'failed'), accepts()] }, again],
    [
      '500 for ever',
      { post: envelope(500, 'failed') },
      { exit: 4, posts: 3, taken: 0, status: 'queued', code: 'gateway.failing', compared: true },
    ],
    ['502, taken', { post: taking(html(502)) }, known],
    ['502, not taken', { post: [html(502), accepts()] }, again],
    ['503, not taken', { post: [empty(503, { 'retry-after': '1' }), accepts()] }, again],
    ['504, taken', { post: taking(text(504, 'upstream timed out')) }, known],
    ['408, taken', { post: taking(empty(408)) }, known],
    ['409, taken', { post: taking(envelope(409, 'this id exists')) }, known],
    ['409, not known', { post: envelope(409, 'this id exists'), get: empty(500) }, { ...doubt, taken: 0 }],
    ['303, taken', { post: taking(empty(303, { location: '/api/messages/1' })) }, known],
    ['303, not known', { post: empty(303, { location: '/x' }), get: empty(500) }, { ...doubt, taken: 0 }],
    ['200 without a body, taken', { post: taking(empty(200)) }, known],
    ['200 without a body, not taken', { post: [empty(200), accepts()] }, again],
    ['200 with HTML, taken', { post: taking(html(200)) }, known],
    ['200 with half of its JSON, taken', { post: taking(truncated()) }, known],
    ['200 with an empty object, taken', { post: taking(json(200, {})) }, known],
    ['200 with a list, taken', { post: taking(json(200, [])) }, known],
    ['200 with null, taken', { post: taking(json(200, null)) }, known],
    ['200 with chunks of nonsense, taken', { post: taking(garbage()) }, known],
    ['bytes that are no HTTP, taken', { post: taking(raw('SSH-2.0-OpenSSH_9.6\r\n')) }, known],
    ['20 MB of nothing, taken', { post: taking(huge(20_000_000)) }, known],
  ])('%s', ([, behavior, end]) => check(behavior, end));
});

describe.concurrent('an answer that says what became of the message', () => {
  const accepted = { exit: 0, posts: 1, taken: 1, status: 'submitted' };
  const rejected = { exit: 1, posts: 1, taken: 0, status: 'rejected' };
  const barred = { exit: 3, posts: 1, taken: 0, status: 'queued' };
  const later = { exit: 0, posts: 2, taken: 1, status: 'submitted' };
  const refusing = (result: object) => json(200, { messageId: 'x', results: [result] });
  test.for<Case>([
    ['202', { post: taking(json(202, { messageId: 'x' })) }, accepted],
    ['fields nobody knows', { post: accepts({ version: 7, nested: { deep: [{}] } }) }, accepted],
    [
      'results by channel',
      { post: accepts({ results: { sms: { accepted: true, unicode: false, parts: 1, reasons: [] } } }) },
      accepted,
    ],
    [
      'one channel refused, the next accepted',
      { post: accepts({ results: [{ accepted: false }, { accepted: true, channel: 'sms' }] }) },
      accepted,
    ],
    ['accepted: false', { post: refusing({ accepted: false }) }, rejected],
    [
      'accepted: false by its code',
      { post: refusing({ accepted: false, statusCode: 403 }) },
      { ...rejected, reason: 'recipient blocked or opted out' },
    ],
    [
      'accepted: false by channel',
      { post: json(200, { messageId: 'x', results: { sms: { accepted: false, reasons: ['no credit'] } } }) },
      { ...rejected, reason: 'no credit' },
    ],
    ['400 with an envelope', { post: envelope(400, 'bad number') }, { ...rejected, reason: 'bad number' }],
    ['400 with a line', { post: text(400, 'bad number\nat line 1') }, { ...rejected, reason: 'bad number' }],
    ['400 with HTML', { post: html(400) }, { ...rejected, reason: 'HTTP 400' }],
    ['400 without a body', { post: empty(400) }, { ...rejected, reason: 'HTTP 400' }],
    ['422', { post: envelope(422, 'no such template') }, { ...rejected, reason: 'no such template' }],
    ['401', { post: envelope(401, 'no') }, { ...barred, code: 'gateway.unauthorized' }],
    ['403', { post: envelope(403, 'no') }, { ...barred, code: 'gateway.forbidden' }],
    ['404', { post: html(404) }, { ...barred, code: 'gateway.not-found' }],
    ['405', { post: empty(405) }, { ...barred, code: 'gateway.not-found' }],
    [
      '429 that tells when, in the body',
      { post: [envelope(429, 'wait', { retryAfter: 0.2 }), accepts()] },
      later,
    ],
    ['429 that tells when, in a header', { post: [empty(429, { 'retry-after': '1' }), accepts()] }, later],
    ['429 that tells nothing', { post: [empty(429), accepts()] }, later],
    [
      '429 three times',
      { post: [...Array(3).fill(envelope(429, 'wait', { retryAfter: 0.1 })), accepts()] },
      { ...later, posts: 4 },
    ],
    [
      '429 for longer than anybody waits',
      { post: envelope(429, 'wait', { retryAfter: 3600 }) },
      { exit: 4, posts: 1, taken: 0, status: 'queued', code: 'gateway.limited' },
    ],
  ])('%s', ([, behavior, end]) => check(behavior, end));

  test('a redirect is not followed, and its target not asked', async ({ expect }) => {
    const target = await serve();
    await check(
      { post: redirect(`${target.url}/message-server/sms/send`) },
      { ...barred, code: 'gateway.redirected' },
    );
    expect(target.seen).toEqual([]);
  });

  test('a simulation that is unasked or unconfirmed is reported', async ({ expect }) => {
    const asked = await serve({ post: accepts({ simulation: false }) });
    const sent = await invoke([...line(asked.url), '--simulate'], { env: key });
    expect(sent.stderr).toMatch(/^warning: the gateway did not confirm the simulation/m);
    const unasked = await serve({ post: accepts({ simulation: true }) });
    const simulated = await invoke(line(unasked.url), { env: key });
    expect(simulated.stderr).toMatch(/^warning: the gateway only validated the message/m);
  });

  test('a gateway id that is a number is kept as text', async ({ expect }) => {
    const server = await serve({ post: accepts({ messageId: 1234567890 }) });
    const ran = await invoke(line(server.url), { env: key });
    expect(only(rowsOf(ran)).gatewayId).toBe('1234567890');
  });
});

describe.concurrent('a status call that does not help', () => {
  const post = taking(reset());
  test.for<Case>([
    ['HTML', { post, get: html(200) }, doubt],
    ['no body', { post, get: empty(200) }, doubt],
    ['no content', { post, get: empty(204) }, doubt],
    ['half of its JSON', { post, get: truncated() }, doubt],
    ['an empty object', { post, get: json(200, {}) }, doubt],
    ['a list of nonsense', { post, get: json(200, [1, 'x', null]) }, doubt],
    ['500', { post, get: envelope(500, 'failed') }, doubt],
    ['503', { post, get: empty(503) }, doubt],
    ['401', { post, get: envelope(401, 'no') }, doubt],
    ['a redirect', { post, get: redirect('/login') }, doubt],
    ['404 of a page that is not the gateway', { post, get: html(404) }, doubt],
    ['429 for an hour', { post, get: envelope(429, 'wait', { retryAfter: 3600 }) }, doubt],
    ['nothing before reading', { post, resets: 99 }, { ...doubt, posts: 0, taken: 0 }],
  ])('%s', ([, behavior, end]) => check(behavior, end));
});

describe.concurrent('a request that never leaves', () => {
  test.for([
    ['connection refused', async (): Promise<string> => `http://127.0.0.1:${await closedPort()}/api`],
    ['a host nobody knows', async (): Promise<string> => 'http://gateway.invalid/api'],
    ['TLS to a port without it', async (): Promise<string> => (await serve()).url.replace('http:', 'https:')],
  ] as const)('%s', async ([, url], { expect }) => {
    const home = freshHome({ grace: '300ms' });
    const ran = await invoke(line(await url()), { home, env: key });
    expect([ran.code, errorOf(ran).code, only(rowsOf(ran)).status]).toEqual([
      4,
      'gateway.unreachable',
      'queued',
    ]);
    const server = await serve();
    const second = await invoke(line(server.url), { home, env: key });
    expect([second.code, only(rowsOf(second)).status, server.posts().length]).toEqual([0, 'submitted', 1]);
  });
});
