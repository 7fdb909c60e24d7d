import { describe, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { bytesIn, freshHome } from '../support/program.ts';
import {
  type Answer,
  accepts,
  envelope,
  json,
  raw,
  type Seen,
  serve,
  standing,
  taking,
  text,
} from '../support/server.ts';

const key = 'ak_live_7Zk/q+Wx"9=~pR4';
const user = { QLARA_USERNAME: 'ada', QLARA_PASSWORD: 'pa55/w+rd"ü~Qm4x8' };
const pair = Buffer.from(`${user.QLARA_USERNAME}:${user.QLARA_PASSWORD}`).toString('base64');
const one = ['send', 'sms', '-t', '+393901234567', '-m', 'Ciao', '--id', 'order-1'];

/** Any eight characters of a secret in a row are too many. */
const pieces = [key, user.QLARA_PASSWORD, pair].flatMap((secret) =>
  Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8)),
);

function leaks(bytes: string): string[] {
  const found = bytes
    .replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll('\\/', '/')
    .replaceAll('\\"', '"');
  return pieces.filter((piece) => found.includes(piece) || found.includes(encodeURIComponent(piece)));
}

/** What the caller proved itself with, as the gateway got it. */
const proof = ({ headers }: Seen): string =>
  Buffer.from(String(headers['x-api-key'] ?? headers.authorization), 'latin1').toString('latin1');

const echoes: [name: string, post: (seen: Seen) => Answer, get?: (seen: Seen) => Answer][] = [
  ['an envelope', (seen) => envelope(400, `bad key ${proof(seen)}`)],
  ['plain text', (seen) => text(400, `bad key ${proof(seen)}`)],
  ['plain text that is cut in the middle of it', (seen) => text(400, `${'x'.repeat(190)}${proof(seen)}`)],
  [
    'JSON that escapes slashes',
    (seen) =>
      raw(answered(401, `{"message":"${proof(seen).replaceAll('"', '\\"').replaceAll('/', '\\/')}"}`)),
  ],
  ['JSON that escapes everything', (seen) => raw(answered(401, `{"message":"${escaped(proof(seen))}"}`))],
  ['a failure', (seen) => envelope(500, `failed for ${proof(seen)}`)],
  ['a barrier', (seen) => envelope(403, `${proof(seen)} may not`)],
  ['its percent-escapes', (seen) => text(400, `/send?key=${encodeURIComponent(proof(seen))}`)],
  ['a limit', (seen) => envelope(429, `${proof(seen)} is too fast`, { retryAfter: 9999 })],
  ['an id', (seen) => accepts({ messageId: proof(seen) })],
  [
    'a status',
    () => accepts(),
    (seen) => json(200, standing('order-1', 'ERROR', { deliveryStatusDescription: proof(seen) })),
  ],
  ['a status word', () => accepts(), (seen) => json(200, standing('order-1', proof(seen)))],
  ['a failing status', () => taking(envelope(500, 'failed')), (seen) => envelope(400, `bad ${proof(seen)}`)],
  [
    'a header',
    (seen) =>
      raw(
        `HTTP/1.1 400 Bad\r\nRetry-After: ${proof(seen)}\r\nContent-Type: ${proof(seen)}\r\nContent-Length: 0\r\n\r\n`,
      ),
  ],
];

const answered = (status: number, body: string) =>
  `HTTP/1.1 ${status} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;

const escaped = (word: string) =>
  Array.from(word, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe.concurrent('a secret repeated by the gateway is never printed and never stored', () => {
  for (const [kind, env] of [
    ['key', { QLARA_API_KEY: key }],
    ['password', user],
  ] as const)
    test.for(echoes)(`${kind} in %s`, async ([, post, get], { expect }) => {
      const home = freshHome({ grace: '50ms' });
      const server = await serve({ post, ...(get && { get }) });
      for (const form of [['--verbose'], ['--json', '--verbose']]) {
        const ran = await invoke(
          [...one, ...form, '--wait', '--timeout', '100ms', '--base-url', server.url],
          {
            home,
            env,
            timeout: 6_000,
          },
        );
        expect(ran.signal).toBeNull();
        expect(leaks(ran.stdout + ran.stderr)).toEqual([]);
      }
      expect(server.posts().length).toBeGreaterThan(0);
      expect(leaks(Buffer.from(bytesIn(home), 'latin1').toString('utf8'))).toEqual([]);
    });
});

describe.concurrent('a secret of the environment', () => {
  test.for([
    ['a dry run', [...one, '--dry-run', '--json', '--verbose']],
    ['a dry run for eyes', [...one, '--dry-run']],
    ['a wrong line', [...one, '--bogus', '--verbose']],
    ['a gateway that is not there', ['status', 'order-1', '--verbose', '--base-url', 'http://127.0.0.1:1']],
  ] as const)('is not in %s', async ([, words], { expect }) => {
    const home = freshHome();
    const secrets: Record<string, string>[] = [{ QLARA_API_KEY: key }, user];
    for (const env of secrets) {
      const ran = await invoke(words, { home, env });
      expect(ran.stdout + ran.stderr).not.toBe('');
      expect(leaks(ran.stdout + ran.stderr)).toEqual([]);
    }
  });
});
