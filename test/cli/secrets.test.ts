import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, readAllBytes } from '../support/program.ts';
import {
  type Answer,
  accept,
  acceptThen,
  envelope,
  json,
  type ReceivedRequest,
  raw,
  serve,
  statusEntry,
  text,
} from '../support/server.ts';

const key = 'ak_live_7Zk/q+Wx"9=~pR4';
const user = { QLARA_USERNAME: 'ada', QLARA_PASSWORD: 'pa55/w+rd"ü~Qm4x8' };
const pair = Buffer.from(`${user.QLARA_USERNAME}:${user.QLARA_PASSWORD}`).toString('base64');
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];

/** Eight consecutive characters of a secret count as a leak. */
const pieces = [key, user.QLARA_PASSWORD, pair].flatMap((secret) =>
  Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8)),
);

function findLeaks(bytes: string): string[] {
  const found = bytes
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\\/', '/')
    .replaceAll('\\"', '"');
  return pieces.filter((piece) => found.includes(piece) || found.includes(encodeURIComponent(piece)));
}

/** Returns the credentials that the gateway received. */
const getCredentials = ({ headers }: ReceivedRequest): string =>
  Buffer.from(String(headers['x-api-key'] ?? headers.authorization), 'latin1').toString('latin1');

const responses: [
  name: string,
  post: (seen: ReceivedRequest) => Answer,
  get?: (seen: ReceivedRequest) => Answer,
][] = [
  ['error object', (seen) => envelope(400, `bad key ${getCredentials(seen)}`)],
  ['plain text', (seen) => text(400, `bad key ${getCredentials(seen)}`)],
  [
    'plain text truncated within the secret',
    (seen) => text(400, `${'x'.repeat(190)}${getCredentials(seen)}`),
  ],
  [
    'JSON with escaped slashes',
    (seen) =>
      raw(
        rawResponse(
          401,
          `{"message":"${getCredentials(seen).replaceAll('"', '\\"').replaceAll('/', '\\/')}"}`,
        ),
      ),
  ],
  [
    'JSON with every character escaped',
    (seen) => raw(rawResponse(401, `{"message":"${escapeAll(getCredentials(seen))}"}`)),
  ],
  ['server error', (seen) => envelope(500, `failed for ${getCredentials(seen)}`)],
  ['forbidden', (seen) => envelope(403, `${getCredentials(seen)} may not`)],
  ['percent-encoding', (seen) => text(400, `/send?key=${encodeURIComponent(getCredentials(seen))}`)],
  ['rate limit', (seen) => envelope(429, `${getCredentials(seen)} is too fast`, { retryAfter: 9999 })],
  ['message id', (seen) => accept({ messageId: getCredentials(seen) })],
  [
    'a status',
    () => accept(),
    (seen) => json(200, statusEntry('order-1', 'ERROR', { deliveryStatusDescription: getCredentials(seen) })),
  ],
  ['status', () => accept(), (seen) => json(200, statusEntry('order-1', getCredentials(seen)))],
  [
    'failed status request',
    () => acceptThen(envelope(500, 'failed')),
    (seen) => envelope(400, `bad ${getCredentials(seen)}`),
  ],
  [
    'a header',
    (seen) =>
      raw(
        `HTTP/1.1 400 Bad\r\nRetry-After: ${getCredentials(seen)}\r\nContent-Type: ${getCredentials(seen)}\r\nContent-Length: 0\r\n\r\n`,
      ),
  ],
];

const rawResponse = (status: number, body: string) =>
  `HTTP/1.1 ${status} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;

const escapeAll = (word: string) =>
  Array.from(word, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe.concurrent('a secret repeated by the gateway is never printed or stored', () => {
  for (const [kind, env] of [
    ['key', { QLARA_API_KEY: key }],
    ['password', user],
  ] as const)
    test.for(responses)(`${kind} in %s`, async ([, post, get], { expect }) => {
      const home = freshHome({ grace: '50ms' });
      const server = await serve({ post, ...(get && { get }) });
      for (const form of [['--verbose'], ['--json', '--verbose']]) {
        const result = await invoke(
          [...one, ...form, '--wait', '--timeout', '100ms', '--base-url', server.url],
          {
            home,
            env,
            timeout: 6_000,
          },
        );
        expect(result.signal).toBeNull();
        expect(findLeaks(result.stdout + result.stderr)).toEqual([]);
      }
      expect(server.posts().length).toBeGreaterThan(0);
      expect(findLeaks(Buffer.from(readAllBytes(home), 'latin1').toString('utf8'))).toEqual([]);
    });
});

describe.concurrent('a secret in the environment', () => {
  test.for([
    ['a dry run', [...one, '--dry-run', '--json', '--verbose']],
    ['a dry run without JSON', [...one, '--dry-run']],
    ['an invalid command line', [...one, '--bogus', '--verbose']],
    ['an unreachable gateway', ['status', 'order-1', '--verbose', '--base-url', 'http://127.0.0.1:1']],
  ] as const)('is not in %s', async ([, args], { expect }) => {
    const home = freshHome();
    const secrets: Record<string, string>[] = [{ QLARA_API_KEY: key }, user];
    for (const env of secrets) {
      const result = await invoke(args, { home, env });
      expect(result.stdout + result.stderr).not.toBe('');
      expect(findLeaks(result.stdout + result.stderr)).toEqual([]);
    }
  });
});
