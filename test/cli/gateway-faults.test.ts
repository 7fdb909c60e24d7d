import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { invoke, sendControl } from '../support/invoke.ts';
import { freshHome, only, parseError, parseRows, recorded, run } from '../support/program.ts';
import {
  type Answer,
  accept,
  acceptThen,
  empty,
  envelope,
  html,
  huge,
  json,
  listStatuses,
  malformedChunks,
  raw,
  redirect,
  reset,
  serve,
  text,
  truncated,
} from '../support/server.ts';
import { closedPort } from '../support/wire.ts';

// Mostly waits; CPU is not the limit.
vi.setConfig({ maxConcurrency: 12 });

/** A gateway's behavior and the expected result of a send. */
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
const sendArgs = (url: string) => [
  ...['send', 'sms', '--to', '+393901234567', '--message', 'Hello', '--id', 'order-1', '--json'],
  ...['--base-url', url],
];

async function check(behavior: Case[1], { compared, ...end }: Case[2]) {
  const home = freshHome({ grace: '300ms' });
  const server = await serve(behavior);
  if (compared) await sendControl(server.url, { home, env: key });
  // A reset within this process would arrive before the request is sent.
  const send = behavior?.resets === undefined ? invoke : run;
  const result = await send(sendArgs(server.url), { home, env: key, timeout: 20_000 });
  const row = only(parseRows(result));
  const outcome = { status: row.status, ...('reason' in end && { reason: row.reason }) };
  const failed = result.code !== 0 && result.code !== 1;
  expect({
    exit: result.code,
    posts: server.posts().length,
    taken: server.taken.length,
    ...outcome,
    ...(failed && { code: parseError(result).code }),
  }).toEqual(end);
  expect(server.taken.length).toBeLessThanOrEqual(1);
  expect(new Set(server.posts().map(({ id }) => id)).size).toBeLessThanOrEqual(1);
  const stored = (await recorded(home)).filter(({ plan }) => plan.id === 'order-1');
  expect(only(stored).phase).toBe(phases[end.status]);
}

const phases: Record<string, string> = {
  queued: 'queued',
  unknown: 'doubt',
  rejected: 'refused',
  submitted: 'accepted',
  delivered: 'accepted',
};

const found = { exit: 0, posts: 1, taken: 1, status: 'delivered' };
const resent = { exit: 0, posts: 2, taken: 1, status: 'submitted', compared: true } as const;
/** Nothing proves that the message is absent. */
const unproven = { exit: 6, posts: 1, taken: 0, status: 'unknown', code: 'send.in-doubt' };
const inDoubt = { exit: 6, posts: 1, taken: 1, status: 'unknown', code: 'send.in-doubt' };

describe.concurrent('a response that leaves the message in doubt', () => {
  test.for<Case>([
    ['reset after reading, accepted', { post: acceptThen(reset()) }, found],
    ['reset after reading, not accepted', { post: [reset(), accept()] }, resent],
    ['reset after reading, not accepted, nothing to compare', { post: [reset(), accept()] }, unproven],
    ['500, not accepted, nothing to compare', { post: [envelope(500, 'failed'), accept()] }, unproven],
    ['500, accepted', { post: acceptThen(envelope(500, 'failed')) }, found],
    ['500, not accepted', { post: [envelope(500, 'failed'), accept()] }, resent],
    [
      '500 forever',
      { post: envelope(500, 'failed') },
      { exit: 4, posts: 3, taken: 0, status: 'queued', code: 'gateway.failing', compared: true },
    ],
    ['502, accepted', { post: acceptThen(html(502)) }, found],
    ['502, not accepted', { post: [html(502), accept()] }, resent],
    ['503, not accepted', { post: [empty(503, { 'retry-after': '1' }), accept()] }, resent],
    ['504, accepted', { post: acceptThen(text(504, 'upstream timed out')) }, found],
    ['408, accepted', { post: acceptThen(empty(408)) }, found],
    ['409, accepted', { post: acceptThen(envelope(409, 'this id exists')) }, found],
    ['409, unknown', { post: envelope(409, 'this id exists'), get: empty(500) }, { ...inDoubt, taken: 0 }],
    ['303, accepted', { post: acceptThen(empty(303, { location: '/api/messages/1' })) }, found],
    ['303, unknown', { post: empty(303, { location: '/x' }), get: empty(500) }, { ...inDoubt, taken: 0 }],
    ['200 without a body, accepted', { post: acceptThen(empty(200)) }, found],
    ['200 without a body, not accepted', { post: [empty(200), accept()] }, resent],
    ['200 with HTML, accepted', { post: acceptThen(html(200)) }, found],
    ['200 with truncated JSON, accepted', { post: acceptThen(truncated()) }, found],
    ['200 with an empty object, accepted', { post: acceptThen(json(200, {})) }, found],
    ['200 with a list, accepted', { post: acceptThen(json(200, [])) }, found],
    ['200 with null, accepted', { post: acceptThen(json(200, null)) }, found],
    ['200 with invalid chunks, accepted', { post: acceptThen(malformedChunks()) }, found],
    ['bytes that are not HTTP, accepted', { post: acceptThen(raw('SSH-2.0-OpenSSH_9.6\r\n')) }, found],
    ['20 MB of text, accepted', { post: acceptThen(huge(20_000_000)) }, found],
  ])('%s', ([, behavior, end]) => check(behavior, end));
});

describe.concurrent('a response that settles the message', () => {
  const accepted = { exit: 0, posts: 1, taken: 1, status: 'submitted' };
  const rejected = { exit: 1, posts: 1, taken: 0, status: 'rejected' };
  const blocked = { exit: 3, posts: 1, taken: 0, status: 'queued' };
  const acceptedLater = { exit: 0, posts: 2, taken: 1, status: 'submitted' };
  const respondWithResult = (result: object) => json(200, { messageId: 'x', results: [result] });
  test.for<Case>([
    ['202', { post: acceptThen(json(202, { messageId: 'x' })) }, accepted],
    ['unknown fields', { post: accept({ version: 7, nested: { deep: [{}] } }) }, accepted],
    [
      'results by channel',
      { post: accept({ results: { sms: { accepted: true, unicode: false, parts: 1, reasons: [] } } }) },
      accepted,
    ],
    [
      'one channel refused, the next accepted',
      { post: accept({ results: [{ accepted: false }, { accepted: true, channel: 'sms' }] }) },
      accepted,
    ],
    ['accepted: false', { post: respondWithResult({ accepted: false }) }, rejected],
    [
      'accepted: false with a code',
      { post: respondWithResult({ accepted: false, statusCode: 403 }) },
      { ...rejected, reason: 'sending to this recipient is not allowed' },
    ],
    [
      'accepted: false per channel',
      { post: json(200, { messageId: 'x', results: { sms: { accepted: false, reasons: ['no credit'] } } }) },
      { ...rejected, reason: 'no credit' },
    ],
    [
      '400 with an error object',
      { post: envelope(400, 'bad number') },
      { ...rejected, reason: 'bad number' },
    ],
    [
      '400 with plain text',
      { post: text(400, 'bad number\nat line 1') },
      { ...rejected, reason: 'bad number' },
    ],
    ['400 with HTML', { post: html(400) }, { ...rejected, reason: 'HTTP 400' }],
    ['400 without a body', { post: empty(400) }, { ...rejected, reason: 'HTTP 400' }],
    ['422', { post: envelope(422, 'no such template') }, { ...rejected, reason: 'no such template' }],
    ['401', { post: envelope(401, 'no') }, { ...blocked, code: 'gateway.unauthorized' }],
    ['403', { post: envelope(403, 'no') }, { ...blocked, code: 'gateway.forbidden' }],
    ['404', { post: html(404) }, { ...blocked, code: 'gateway.not-found' }],
    ['405', { post: empty(405) }, { ...blocked, code: 'gateway.not-found' }],
    [
      '429 with a delay in the body',
      { post: [envelope(429, 'wait', { retryAfter: 0.2 }), accept()] },
      acceptedLater,
    ],
    ['429 with a delay in a header', { post: [empty(429, { 'retry-after': '1' }), accept()] }, acceptedLater],
    ['429 without a delay', { post: [empty(429), accept()] }, acceptedLater],
    [
      '429 three times',
      { post: [...Array(3).fill(envelope(429, 'wait', { retryAfter: 0.1 })), accept()] },
      { ...acceptedLater, posts: 4 },
    ],
    [
      '429 with a delay beyond the limit',
      { post: envelope(429, 'wait', { retryAfter: 3600 }) },
      { exit: 4, posts: 1, taken: 0, status: 'queued', code: 'gateway.limited' },
    ],
  ])('%s', ([, behavior, end]) => check(behavior, end));

  test('does not follow a redirect', async ({ expect }) => {
    const target = await serve();
    await check(
      { post: redirect(`${target.url}/message-server/sms/send`) },
      { ...blocked, code: 'gateway.redirected' },
    );
    expect(target.seen).toEqual([]);
  });

  test('reports an unrequested or unconfirmed simulation', async ({ expect }) => {
    const asked = await serve({ post: accept({ simulation: false }) });
    const sent = await invoke([...sendArgs(asked.url), '--simulate'], { env: key });
    expect(sent.stderr).toMatch(/^warning: the gateway did not confirm the simulation/m);
    const unasked = await serve({ post: accept({ simulation: true }) });
    const simulated = await invoke(sendArgs(unasked.url), { env: key });
    expect(simulated.stderr).toMatch(/^warning: the gateway only validated the message/m);
  });

  test('stores a numeric gateway id as text', async ({ expect }) => {
    const server = await serve({ post: accept({ messageId: 1234567890 }) });
    const result = await invoke(sendArgs(server.url), { env: key });
    expect(only(parseRows(result)).gatewayId).toBe('1234567890');
  });
});

describe.concurrent('a status response that does not help', () => {
  const post = acceptThen(reset());
  test.for<Case>([
    ['HTML', { post, get: html(200) }, inDoubt],
    ['no body', { post, get: empty(200) }, inDoubt],
    ['no content', { post, get: empty(204) }, inDoubt],
    ['truncated JSON', { post, get: truncated() }, inDoubt],
    ['empty object', { post, get: json(200, {}) }, inDoubt],
    ['list of invalid entries', { post, get: json(200, [1, 'x', null]) }, inDoubt],
    ['500', { post, get: envelope(500, 'failed') }, inDoubt],
    ['503', { post, get: empty(503) }, inDoubt],
    ['401', { post, get: envelope(401, 'no') }, inDoubt],
    ['redirect', { post, get: redirect('/login') }, inDoubt],
    ['404 from a page that is not the gateway', { post, get: html(404) }, inDoubt],
    ['429 for an hour', { post, get: envelope(429, 'wait', { retryAfter: 3600 }) }, inDoubt],
    ['reset before reading', { post, resets: 99 }, { ...inDoubt, posts: 0, taken: 0 }],
  ])('%s', ([, behavior, end]) => check(behavior, end));
});

describe.concurrent('a request that is never sent', () => {
  test.for([
    ['connection refused', async (): Promise<string> => `http://127.0.0.1:${await closedPort()}/api`],
    ['unknown host', async (): Promise<string> => 'http://gateway.invalid/api'],
    ['TLS to a port without it', async (): Promise<string> => (await serve()).url.replace('http:', 'https:')],
  ] as const)('%s', async ([, url], { expect }) => {
    const home = freshHome({ grace: '300ms' });
    const result = await invoke(sendArgs(await url()), { home, env: key });
    expect([result.code, parseError(result).code, only(parseRows(result)).status]).toEqual([
      4,
      'gateway.unreachable',
      'queued',
    ]);
    const server = await serve();
    const second = await invoke(sendArgs(server.url), { home, env: key });
    expect([second.code, only(parseRows(second)).status, server.posts().length]).toEqual([0, 'submitted', 1]);
  });
});

describe.concurrent('the content encoding of a response', () => {
  const encode = (answer: Answer, encoding: string, convert: (text: string) => Buffer): Answer => ({
    ...answer,
    play: (response, seen) => {
      const end = response.end.bind(response);
      response.setHeader('content-encoding', encoding);
      response.end = ((body: string) => end(convert(body))) as typeof response.end;
      answer.play(response, seen);
    },
  });

  test('is requested as identity, and gzip is read anyway', async ({ expect }) => {
    const gzip = (answer: Answer) => encode(answer, 'gzip', (body) => gzipSync(body));
    const server = await serve({
      post: gzip(accept()),
      get: (seen) => gzip(listStatuses(server.taken, seen)),
    });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const args = ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--wait', '--json'];
    const result = await invoke(args, { env });
    expect([result.code, result.stderr, parseRows(result)[0]?.status]).toEqual([0, '', 'delivered']);
    expect(new Set(server.seen.map(({ headers }) => headers['accept-encoding']))).toEqual(
      new Set(['identity']),
    );
  });

  test('is named when it cannot be read, and the message stays in doubt', async ({ expect }) => {
    const brotli = (answer: Answer) => encode(answer, 'br', (body) => brotliCompressSync(body));
    const server = await serve({ post: brotli(accept()), get: brotli(json(200, [])) });
    const env = { ...key, QLARA_BASE_URL: server.url };
    const home = freshHome({ grace: '100ms' });
    const args = ['send', 'sms', '-t', '+393901234567', '-m', 'Hello', '--id', 'order-1', '--json'];
    const sent = await invoke(args, { env, home });
    expect([sent.code, server.posts().length]).toEqual([6, 1]);
    for (const command of [['credit'], ['templates', 'list'], ['inbox', 'show', 'c1'], ['status', 'x9']]) {
      const { code, stderr } = await invoke(command, { env, home });
      expect([command, code, stderr]).toEqual([
        command,
        4,
        expect.stringContaining('its content encoding br is not supported'),
      ]);
    }
    expect(sent.stderr).toContain('its content encoding br is not supported');
  });
});
