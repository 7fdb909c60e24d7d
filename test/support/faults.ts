import { randomBytes } from 'node:crypto';
import type { Line, ProxyBehaviour, WireBehaviour } from './wire.ts';

type Post = NonNullable<WireBehaviour['post']>;

/** A network fault and the URL schemes it applies to. */
export interface Fault {
  name: string;
  schemes: readonly ('http' | 'https')[];
  behavior: Omit<WireBehaviour, 'certificate'>;
}

const anyScheme = ['http', 'https'] as const;
const httpsOnly = ['https'] as const;
const httpOnly = ['http'] as const;

const respondWith =
  (text: string, end = false): Post =>
  ({ app }) =>
    void (end ? app.end(text) : app.write(text));

/** Returns a raw HTTP response that accepts the message. */
export function acceptance(id: string): string {
  const body = JSON.stringify({ messageId: 'm1', customerMessageId: id, results: [{ accepted: true }] });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

const status = (line: string, ...headers: string[]) => [`HTTP/1.1 ${line}`, ...headers, '', ''].join('\r\n');

const onFirstBytes = (play: (wire: Line['wire']) => void) => (wire: Line['wire']) =>
  void wire.once('data', () => play(wire));

/** Faults before the handshake completes: the server cannot have read the request. */
export const handshakeFaults: readonly Fault[] = [
  {
    name: 'HTTP 400 from a plain-text port',
    schemes: httpsOnly,
    behavior: {
      accept: onFirstBytes((wire) => wire.end(status('400 Bad Request', 'content-length: 0'))),
    },
  },
  {
    name: 'TLS alert during the handshake',
    schemes: httpsOnly,
    behavior: {
      accept: onFirstBytes((wire) => wire.end(Buffer.from('15030100020228', 'hex'))),
    },
  },
  {
    name: 'FIN during the handshake',
    schemes: httpsOnly,
    behavior: { accept: onFirstBytes((wire) => wire.end()) },
  },
  {
    name: 'RST during the handshake',
    schemes: httpsOnly,
    behavior: { accept: onFirstBytes((wire) => wire.resetAndDestroy()) },
  },
  {
    name: 'garbage during the handshake',
    schemes: httpsOnly,
    behavior: { accept: onFirstBytes((wire) => wire.end(randomBytes(200))) },
  },
];

/** Faults after the handshake: the client cannot know whether the server read the request. */
export const postHandshakeFaults: readonly Fault[] = [
  {
    name: 'RST before the request is read',
    schemes: anyScheme,
    behavior: {
      secured: ({ app, wire }) => {
        app.pause();
        app.on('error', () => {});
        setTimeout(() => wire.resetAndDestroy(), 100);
      },
    },
  },
  {
    name: 'TLS alert',
    schemes: httpsOnly,
    // The server's TLS fails to decrypt this record and sends an alert.
    behavior: { post: ({ inward }) => void inward.write(undecryptableRecord()) },
  },
  {
    name: 'undecryptable record',
    schemes: httpsOnly,
    behavior: { post: ({ wire }) => void wire.write(undecryptableRecord()) },
  },
  {
    name: 'plain text in the TLS stream',
    schemes: httpsOnly,
    behavior: {
      post: ({ wire }) => void wire.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
    },
  },
  { name: 'FIN', schemes: anyScheme, behavior: { post: ({ wire }) => void wire.end() } },
  { name: 'RST', schemes: anyScheme, behavior: { post: ({ wire }) => void wire.resetAndDestroy() } },
  {
    name: 'truncated response',
    schemes: anyScheme,
    behavior: { post: ({ app }, _, id) => void app.end(acceptance(id).slice(0, -20)) },
  },
  {
    name: 'truncated response, then RST',
    schemes: anyScheme,
    behavior: {
      post: ({ app, wire }, _, id) =>
        void app.write(acceptance(id).slice(0, -20), () => setTimeout(() => wire.resetAndDestroy(), 50)),
    },
  },
  {
    name: 'content-length that is too long',
    schemes: anyScheme,
    behavior: {
      post: ({ app }, _, id) =>
        void app.end(acceptance(id).replace(/content-length: \d+/, 'content-length: 999')),
    },
  },
  {
    name: 'content-length that is not a number',
    schemes: anyScheme,
    behavior: {
      post: ({ app }, _, id) =>
        void app.end(acceptance(id).replace(/content-length: \d+/, 'content-length: many')),
    },
  },
  {
    name: 'malformed chunk',
    schemes: anyScheme,
    behavior: { post: respondWith(`${status('200 OK', 'transfer-encoding: chunked')}ZZ\r\n{}\r\n`) },
  },
  {
    name: 'malformed status line',
    schemes: anyScheme,
    behavior: { post: respondWith('HTTP/9 fine\r\n\r\n') },
  },
  {
    name: 'bytes that are not HTTP',
    schemes: anyScheme,
    behavior: { post: respondWith('SSH-2.0-OpenSSH\r\n') },
  },
  {
    name: 'headers that are too large',
    schemes: anyScheme,
    behavior: { post: respondWith(status('200 OK', `x: ${'y'.repeat(100_000)}`, 'content-length: 0')) },
  },
  {
    name: '101 with Upgrade headers',
    schemes: anyScheme,
    behavior: {
      post: respondWith(status('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket')),
    },
  },
  {
    name: '101 with Upgrade headers and FIN',
    schemes: httpOnly,
    behavior: {
      post: respondWith(status('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'), true),
    },
  },
  {
    name: '101 without Upgrade headers',
    schemes: anyScheme,
    behavior: { post: respondWith(status('101 Switching Protocols')) },
  },
  {
    name: '101 without Upgrade headers and FIN',
    schemes: httpOnly,
    behavior: { post: respondWith(status('101 Switching Protocols'), true) },
  },
  {
    name: '103 and FIN',
    schemes: httpOnly,
    behavior: { post: respondWith(status('103 Early Hints'), true) },
  },
];

/** Faults that only end by timeout: no response, or only interim ones. */
export const silent: readonly Fault[] = [
  { name: 'no response', schemes: anyScheme, behavior: { post() {} } },
  ...['100 Continue', '102 Processing', '103 Early Hints'].map((line) => ({
    name: `${line} and nothing else`,
    schemes: httpOnly,
    behavior: { post: respondWith(status(line)) },
  })),
  {
    name: 'repeated 102',
    schemes: httpOnly,
    behavior: {
      post({ app }) {
        const timer = setInterval(() => app.write(status('102 Processing')), 100);
        app.on('close', () => clearInterval(timer));
      },
    },
  },
  {
    name: 'response sent byte by byte',
    schemes: httpOnly,
    behavior: {
      post({ app }) {
        app.write(status('200 OK', 'content-length: 9999'));
        const timer = setInterval(() => app.write('x'), 100);
        app.on('close', () => clearInterval(timer));
      },
    },
  },
];

/** Interim responses before the final one. */
export const interim: readonly Fault[] = [
  ...['102 Processing', '103 Early Hints'].map((line) => ({
    name: `${line}, then the final response`,
    schemes: anyScheme,
    behavior: { post: (({ app }, _, id) => void app.write(status(line) + acceptance(id))) as Post },
  })),
];

/** Proxies that fail before the TLS handshake completes: the request is never sent. */
export const refusingProxies: readonly {
  name: string;
  schemes: readonly ('http' | 'https')[];
  behavior: ProxyBehaviour;
}[] = [
  ...['403 Forbidden', '407 Proxy Authentication Required', '502 Bad Gateway'].map((refusal) => ({
    name: refusal,
    schemes: anyScheme,
    behavior: { refusal },
  })),
  { name: 'FIN after CONNECT', schemes: anyScheme, behavior: { accept: (near) => void near.end() } },
  {
    name: 'RST after CONNECT',
    schemes: anyScheme,
    behavior: { accept: (near) => void near.resetAndDestroy() },
  },
  {
    name: 'bytes that are not HTTP after CONNECT',
    schemes: anyScheme,
    behavior: { accept: (near) => void near.end('SSH-2.0-OpenSSH\r\n') },
  },
  {
    name: 'tunnel closed before the handshake',
    schemes: httpsOnly,
    behavior: { opened: (near) => void near.end() },
  },
  {
    name: 'tunnel reset during the handshake',
    schemes: httpsOnly,
    behavior: { opened: (near) => void near.once('data', () => near.resetAndDestroy()) },
  },
];

/** Returns a TLS application record that no key can decrypt. */
function undecryptableRecord(): Buffer {
  return Buffer.concat([Buffer.from('1703030040', 'hex'), randomBytes(64)]);
}
