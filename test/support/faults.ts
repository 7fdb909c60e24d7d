import { randomBytes } from 'node:crypto';
import type { Line, ProxyBehaviour, WireBehaviour } from './wire.ts';

type Post = NonNullable<WireBehaviour['post']>;

/** What must be known of a request after a fault. */
export interface Fault {
  name: string;
  schemes: readonly ('http' | 'https')[];
  behavior: Omit<WireBehaviour, 'certificate'>;
}

const both = ['http', 'https'] as const;
const secure = ['https'] as const;
const plain = ['http'] as const;

const writes =
  (text: string, end = false): Post =>
  ({ app }) =>
    void (end ? app.end(text) : app.write(text));

/** The gateway's answer of success, as it goes over the network. */
export function acceptance(id: string): string {
  const body = JSON.stringify({ messageId: 'm1', customerMessageId: id, results: [{ accepted: true }] });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

const status = (line: string, ...headers: string[]) => [`HTTP/1.1 ${line}`, ...headers, '', ''].join('\r\n');

const onFirstBytes = (play: (wire: Line['wire']) => void) => (wire: Line['wire']) =>
  void wire.once('data', () => play(wire));

/** Faults before the handshake is over: the server cannot have read the request. */
export const early: readonly Fault[] = [
  {
    name: 'a plain port asked for TLS',
    schemes: secure,
    behavior: {
      accept: onFirstBytes((wire) => wire.end(status('400 Bad Request', 'content-length: 0'))),
    },
  },
  {
    name: 'an alert in the handshake',
    schemes: secure,
    behavior: {
      accept: onFirstBytes((wire) => wire.end(Buffer.from('15030100020228', 'hex'))),
    },
  },
  {
    name: 'a handshake that ends',
    schemes: secure,
    behavior: { accept: onFirstBytes((wire) => wire.end()) },
  },
  {
    name: 'a handshake that is reset',
    schemes: secure,
    behavior: { accept: onFirstBytes((wire) => wire.resetAndDestroy()) },
  },
  {
    name: 'garbage in the handshake',
    schemes: secure,
    behavior: { accept: onFirstBytes((wire) => wire.end(randomBytes(200))) },
  },
];

/** Faults after the handshake, of which the caller cannot know whether the request was read. */
export const late: readonly Fault[] = [
  {
    name: 'a reset before the request is read',
    schemes: both,
    behavior: {
      secured: ({ app, wire }) => {
        app.pause();
        app.on('error', () => {});
        setTimeout(() => wire.resetAndDestroy(), 100);
      },
    },
  },
  {
    name: 'a TLS alert',
    schemes: secure,
    // The server's TLS cannot read this record, and says so.
    behavior: { post: ({ inward }) => void inward.write(record()) },
  },
  {
    name: 'a record that cannot be decrypted',
    schemes: secure,
    behavior: { post: ({ wire }) => void wire.write(record()) },
  },
  {
    name: 'plain text in the TLS stream',
    schemes: secure,
    behavior: {
      post: ({ wire }) => void wire.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
    },
  },
  { name: 'FIN', schemes: both, behavior: { post: ({ wire }) => void wire.end() } },
  { name: 'RST', schemes: both, behavior: { post: ({ wire }) => void wire.resetAndDestroy() } },
  {
    name: 'half an answer',
    schemes: both,
    behavior: { post: ({ app }, _, id) => void app.end(acceptance(id).slice(0, -20)) },
  },
  {
    name: 'half an answer and RST',
    schemes: both,
    behavior: {
      post: ({ app, wire }, _, id) =>
        void app.write(acceptance(id).slice(0, -20), () => setTimeout(() => wire.resetAndDestroy(), 50)),
    },
  },
  {
    name: 'a content-length that is too long',
    schemes: both,
    behavior: {
      post: ({ app }, _, id) =>
        void app.end(acceptance(id).replace(/content-length: \d+/, 'content-length: 999')),
    },
  },
  {
    name: 'a content-length that is no number',
    schemes: both,
    behavior: {
      post: ({ app }, _, id) =>
        void app.end(acceptance(id).replace(/content-length: \d+/, 'content-length: many')),
    },
  },
  {
    name: 'a malformed chunk',
    schemes: both,
    behavior: { post: writes(`${status('200 OK', 'transfer-encoding: chunked')}ZZ\r\n{}\r\n`) },
  },
  { name: 'a malformed status line', schemes: both, behavior: { post: writes('HTTP/9 fine\r\n\r\n') } },
  { name: 'bytes that are no HTTP', schemes: both, behavior: { post: writes('SSH-2.0-OpenSSH\r\n') } },
  {
    name: 'headers that are too large',
    schemes: both,
    behavior: { post: writes(status('200 OK', `x: ${'y'.repeat(100_000)}`, 'content-length: 0')) },
  },
  {
    name: '101 with Upgrade headers',
    schemes: both,
    behavior: {
      post: writes(status('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket')),
    },
  },
  {
    name: '101 with Upgrade headers and FIN',
    schemes: plain,
    behavior: {
      post: writes(status('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'), true),
    },
  },
  {
    name: '101 without Upgrade headers',
    schemes: both,
    behavior: { post: writes(status('101 Switching Protocols')) },
  },
  {
    name: '101 without Upgrade headers and FIN',
    schemes: plain,
    behavior: { post: writes(status('101 Switching Protocols'), true) },
  },
  { name: '103 and FIN', schemes: plain, behavior: { post: writes(status('103 Early Hints'), true) } },
];

/** Interim answers after which nothing comes: noticed only when the time is over. */
export const silent: readonly Fault[] = [
  { name: 'no answer', schemes: both, behavior: { post() {} } },
  ...['100 Continue', '102 Processing', '103 Early Hints'].map((line) => ({
    name: `${line} and nothing more`,
    schemes: plain,
    behavior: { post: writes(status(line)) },
  })),
  {
    name: '102 again and again',
    schemes: plain,
    behavior: {
      post({ app }) {
        const timer = setInterval(() => app.write(status('102 Processing')), 100);
        app.on('close', () => clearInterval(timer));
      },
    },
  },
  {
    name: 'an answer byte by byte',
    schemes: plain,
    behavior: {
      post({ app }) {
        app.write(status('200 OK', 'content-length: 9999'));
        const timer = setInterval(() => app.write('x'), 100);
        app.on('close', () => clearInterval(timer));
      },
    },
  },
];

/** Interim answers before the one that counts. */
export const interim: readonly Fault[] = [
  ...['102 Processing', '103 Early Hints'].map((line) => ({
    name: `${line} and then the answer`,
    schemes: both,
    behavior: { post: (({ app }, _, id) => void app.write(status(line) + acceptance(id))) as Post },
  })),
];

/** Proxies that do not open the tunnel, or not to the end of the handshake: the request never leaves. */
export const refusingProxies: readonly {
  name: string;
  schemes: readonly ('http' | 'https')[];
  behavior: ProxyBehaviour;
}[] = [
  ...['403 Forbidden', '407 Proxy Authentication Required', '502 Bad Gateway'].map((refusal) => ({
    name: refusal,
    schemes: both,
    behavior: { refusal },
  })),
  { name: 'FIN to CONNECT', schemes: both, behavior: { accept: (near) => void near.end() } },
  { name: 'RST to CONNECT', schemes: both, behavior: { accept: (near) => void near.resetAndDestroy() } },
  {
    name: 'bytes that are no HTTP to CONNECT',
    schemes: both,
    behavior: { accept: (near) => void near.end('SSH-2.0-OpenSSH\r\n') },
  },
  {
    name: 'the tunnel cut before the handshake',
    schemes: secure,
    behavior: { opened: (near) => void near.end() },
  },
  {
    name: 'the tunnel cut in the handshake',
    schemes: secure,
    behavior: { opened: (near) => void near.once('data', () => near.resetAndDestroy()) },
  },
];

/** An application record that no key decrypts. */
function record(): Buffer {
  return Buffer.concat([Buffer.from('1703030040', 'hex'), randomBytes(64)]);
}
