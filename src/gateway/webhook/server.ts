import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../../errors.ts';

/** A webhook call as it came. */
export interface WebhookCall {
  /** Its content type; empty where none is named. */
  type: string;
  /** Its body, which was UTF-8. */
  text: string;
}

export interface Reply {
  status: number;
  /** Plain text. */
  text: string;
}

export interface ReceiverOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Where calls are taken: `/hook/…`. */
  path: string;
  /** Tells whether somebody at this address may call. Others lose their connection before a byte of it is read. */
  admits(address: string): boolean;
  /** Decides what is answered. What it throws becomes a 500. */
  take(call: WebhookCall): Promise<Reply>;
  /** Told of every call that was not taken, and of every connection that was not accepted, and why in a few words. */
  refused(why: string): void;
}

export interface Receiver {
  /** What reaches it from this machine. */
  url: string;
  close(): Promise<void>;
}

/** More than any documented event, many times over. */
const largestBody = 1024 * 1024;

/** A gateway that takes longer to say what it has to say is cut off, in milliseconds. */
const patience = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 };

/**
 * Listens for webhook calls.
 * @throws Failure of kind `setup`: `listen.port-in-use`, `listen.cannot-listen`
 */
export async function openReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { host, port } = options;
  const server = createServer(patience, (request, response) => {
    handle(request, response, options).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : 'unknown error';
      options.refused(`internal error: ${why.slice(0, 100)}`);
      answer(response, { status: 500, text: 'internal error' }, { connection: 'close' });
    });
  });
  server.on('connection', (socket) => {
    if (options.admits(socket.remoteAddress ?? '')) return;
    options.refused('this address may not call');
    socket.destroy();
  });
  server.keepAliveTimeout = 60_000;
  // What is no HTTP at all gets Node's own 400.
  server.on('clientError', (_, socket) => {
    options.refused('no HTTP request');
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await listening(server, options);
  // Else one that cannot be accepted ends the program.
  server.on('error', ({ message }) => options.refused(`a connection failed: ${message.slice(0, 100)}`));
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
  { path, take, refused }: ReceiverOptions,
): Promise<void> {
  const refuse = (status: number, why: string, headers: Record<string, string> = {}) => {
    refused(why);
    // What is left of the body is not worth reading.
    answer(response, { status, text: why }, { connection: 'close', ...headers });
  };
  if (bare(request.url ?? '') !== bare(path)) return refuse(404, 'no such path');
  if (request.method !== 'POST') return refuse(405, 'only POST is taken', { allow: 'POST' });
  const type = request.headers['content-type'] ?? '';
  if (type !== '' && !/[/+]json\b|^application\/x-www-form-urlencoded\b/i.test(type))
    return refuse(415, 'neither JSON nor a form');
  const bytes = await bodyOf(request);
  if (bytes === 'large') return refuse(413, 'the body is larger than 1 MiB');
  if (bytes === 'cut') return refused('a body that was cut off');
  const text = decoded(bytes);
  if (text === undefined) return refuse(400, 'the body is not UTF-8');
  answer(response, await take({ type, text }));
}

/** A path without query, and without the slash that some put behind it. */
function bare(path: string): string {
  return path.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | 'large' | 'cut'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > largestBody) return 'large';
      chunks.push(chunk);
    }
  } catch {
    return 'cut';
  }
  return Buffer.concat(chunks);
}

function decoded(bytes: Buffer): string | undefined {
  try {
    // A byte order mark stays, since a call is passed on as it came.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function answer(
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

function listening(server: Server, { host, port }: ReceiverOptions): Promise<void> {
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
            ? 'name another with --port N; --port 0 takes any free one'
            : 'try --host 127.0.0.1 and a port above 1023',
          cause,
        );
      } catch (failure) {
        reject(failure);
      }
    });
    server.listen(port, host, resolve);
  });
}
