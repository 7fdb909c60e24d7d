import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../../errors.ts';

/** A webhook call as received. */
export interface WebhookCall {
  /** Content type; empty if the call names none. Its charset is that of `text`. */
  type: string;
  /** Body. In a form of another encoding than UTF-8, the bytes above 127 are percent-encoded. */
  text: string;
}

export interface Reply {
  status: number;
  /** Plain text. */
  text: string;
}

export interface ReceiverOptions {
  host: string;
  /** Port number, or 0 for any free port. */
  port: number;
  /** Path of the webhook, such as `/hook/…`. */
  path: string;
  /** Reports whether an address may connect. Other connections are closed before a byte is read. */
  isAllowed(address: string): boolean;
  /** Returns the reply to a call. An error it throws becomes a 500. */
  handleCall(call: WebhookCall): Promise<Reply>;
  /** Called with a short reason for every call that was not taken and every connection that was not accepted. */
  onRefused(reason: string): void;
}

export interface Receiver {
  /** URL of the webhook from this machine. */
  url: string;
  close(): Promise<void>;
}

/** Larger than any documented event, many times over. */
const maxBodyBytes = 1024 * 1024;

/** Timeouts for a request, in milliseconds. A slower client is disconnected. */
const timeoutsMs = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 };

/**
 * Listens for webhook calls.
 * @throws Failure of kind `setup`: `listen.port-in-use`, `listen.cannot-listen`
 */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port } = options;
  const server = createServer(timeoutsMs, (request, response) => {
    handle(request, response, options).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : 'unknown error';
      options.onRefused(`internal error: ${reason.slice(0, 100)}`);
      respond(response, { status: 500, text: 'internal error' }, { connection: 'close' });
    });
  });
  server.on('connection', (socket) => {
    if (options.isAllowed(socket.remoteAddress ?? '')) return;
    options.onRefused('address not allowed');
    socket.destroy();
  });
  server.keepAliveTimeout = 60_000;
  // Node itself returns 400 for a request that is not HTTP.
  server.on('clientError', (_, socket) => {
    options.onRefused('not an HTTP request');
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await startListening(server, options);
  // Without this listener, a connection that cannot be accepted would end the program.
  server.on('error', ({ message }) => options.onRefused(`a connection failed: ${message.slice(0, 100)}`));
  const bound = (server.address() as AddressInfo).port;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${port === 0 ? bound : port}${options.path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { path, handleCall, onRefused }: ReceiverOptions,
): Promise<void> {
  const refuse = (status: number, reason: string, headers: Record<string, string> = {}) => {
    onRefused(reason);
    // The rest of the body is not read.
    respond(response, { status, text: reason }, { connection: 'close', ...headers });
  };
  if (normalizePath(request.url ?? '') !== normalizePath(path)) return refuse(404, 'no such path');
  if (request.method !== 'POST') return refuse(405, 'only POST is taken', { allow: 'POST' });
  const type = request.headers['content-type'] ?? '';
  if (type !== '' && !/[/+]json\b|^application\/x-www-form-urlencoded\b/i.test(type))
    return refuse(415, 'neither JSON nor a form');
  const encoding = request.headers['content-encoding']?.trim() || 'identity';
  // The header of the response says which encodings would do (RFC 9110, 15.5.16).
  const refuseEncoding = () => refuse(415, 'compressed body', { 'accept-encoding': 'identity' });
  if (encoding.toLowerCase() !== 'identity') return refuseEncoding();
  const bytes = await readBody(request);
  if (bytes === 'large') return refuse(413, 'the body is larger than 1 MiB');
  if (bytes === 'cut') return onRefused('incomplete body');
  if (bytes[0] === gzipMagic[0] && bytes[1] === gzipMagic[1]) return refuseEncoding();
  const call = decodeCall(bytes, type);
  if (call === undefined) return refuse(400, 'the body is not UTF-8');
  respond(response, await handleCall(call));
}

/** First bytes of gzip (RFC 1952, 2.3.1), which are no UTF-8. */
const gzipMagic = [0x1f, 0x8b];

/** Removes the query and a trailing slash, which some senders add. */
function normalizePath(path: string): string {
  return path.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'large' | 'cut'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) return 'large';
      chunks.push(chunk);
    }
  } catch {
    return 'cut';
  }
  return Buffer.concat(chunks);
}

function isForm(type: string): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(type);
}

/** Returns the text of a form whose bytes are not ASCII, with those bytes percent-encoded: it is the same form. */
function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Decodes a body in UTF-8, or in the charset that its type names; undefined if it is in neither. */
function decodeCall(bytes: Buffer, type: string): WebhookCall | undefined {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return { type, text };
  if (isForm(type)) return { type, text: escapeBytes(bytes) };
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)"?/i;
  const [named, label] = charset.exec(type) ?? [];
  if (named === undefined) return undefined;
  try {
    // A call is forwarded in UTF-8.
    return {
      type: type.replace(named, '; charset=utf-8'),
      text: new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes),
    };
  } catch {
    return undefined;
  }
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    // Keep a byte order mark, since a call is forwarded as received.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function respond(
  response: ServerResponse,
  { status, text }: Reply,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

function startListening(server: Server, { host, port }: ReceiverOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      try {
        const inUse = cause.code === 'EADDRINUSE';
        fail(
          'setup',
          inUse ? 'listen.port-in-use' : 'listen.cannot-listen',
          inUse
            ? `port ${port} on ${host} is in use`
            : `cannot listen on ${host}, port ${port}: ${cause.message}`,
          inUse
            ? 'choose another port with --port; --port 0 takes any free one'
            : 'use --host 127.0.0.1 and a port above 1023',
          cause,
        );
      } catch (failure) {
        reject(failure);
      }
    });
    server.listen(port, host, resolve);
  });
}
