import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterFile } from './after-file.ts';
import type { Certificate } from './tls.ts';

/** A caller's connection, with what lies below its encryption. */
export interface Line {
  /** Where requests arrive and answers leave: encrypted where the server is. */
  app: Socket | TLSSocket;
  /** The bytes on the network towards the caller. */
  wire: Socket;
  /** The bytes on the network towards the server's TLS, as if the caller had sent them. */
  inward: Socket;
}

/** What a wire server does. Requests other than POST are answered with HTTP 500. */
export interface WireBehaviour {
  certificate?: Certificate | undefined;
  /** Takes the connection over before anything is read. */
  accept?: ((wire: Socket) => void) | undefined;
  /** Takes over once the handshake is finished. */
  secured?: ((line: Line) => void) | undefined;
  /** Called for each POST that was read to its end, with its number from 0. */
  post?: ((line: Line, nth: number, id: string) => void) | undefined;
}

export interface WireServer {
  port: number;
  /** Bodies of the POST requests that were read to their end. */
  posts: string[];
  /** Connections that callers made. */
  connections(): number;
}

/** Starts a server on loopback whose bytes a test chooses, below and above the encryption. */
export async function serveWire({ certificate, accept, secured, post }: WireBehaviour): Promise<WireServer> {
  const posts: string[] = [];
  let connections = 0;

  function read(line: Line): void {
    if (secured) {
      secured(line);
      return;
    }
    let bytes = Buffer.alloc(0);
    line.app.on('error', () => {});
    line.app.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const end = bytes.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = bytes.subarray(0, end).toString('latin1');
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (bytes.length < end + 4 + length) return;
        const body = bytes.subarray(end + 4, end + 4 + length).toString();
        bytes = bytes.subarray(end + 4 + length);
        if (!head.startsWith('POST')) {
          line.app.end('HTTP/1.1 500 Failed\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
          return;
        }
        posts.push(body);
        post?.(line, posts.length - 1, /"customerMessageId":"([^"]*)"/.exec(body)?.[1] ?? '');
      }
    });
  }

  const lines = new Map<number, { wire: Socket; inward: Socket }>();
  const inner =
    certificate &&
    createTlsServer({ key: certificate.key, cert: certificate.cert }, (app) => {
      const line = lines.get(app.remotePort ?? 0);
      if (line) read({ app, ...line });
    });
  inner?.on('tlsClientError', () => {});
  if (inner) await listen(inner);

  const server = createServer((wire) => {
    connections++;
    wire.on('error', () => {});
    if (accept) return accept(wire);
    if (!inner) return read({ app: wire, wire, inward: wire });
    const inward = connect(portOf(inner), '127.0.0.1', () => {
      lines.set(inward.localPort ?? 0, { wire, inward });
      wire.pipe(inward).pipe(wire);
    });
    inward.on('error', () => wire.destroy());
    wire.on('close', () => inward.destroy());
  });
  await listen(server);
  return { port: portOf(server), posts, connections: () => connections };
}

/** What a proxy does with a CONNECT. */
export interface ProxyBehaviour {
  /** Answers with this status line instead of opening the tunnel. */
  refusal?: string | undefined;
  /** Takes the caller's connection over, before any answer. */
  accept?: ((near: Socket) => void) | undefined;
  /** Takes over once the tunnel is open, instead of passing bytes on. */
  opened?: ((near: Socket) => void) | undefined;
}

/** Starts a proxy on loopback; `asked` holds the hosts and URLs that it was asked for. */
export async function serveProxy({ refusal, accept, opened }: ProxyBehaviour = {}) {
  const asked: string[] = [];
  const server = createHttpServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(501).end();
  });
  server.on('connect', ({ url = '' }: IncomingMessage, near: Socket) => {
    asked.push(url);
    near.on('error', () => {});
    if (accept) return accept(near);
    if (refusal !== undefined) return void near.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    if (opened) return void near.write('HTTP/1.1 200 OK\r\n\r\n', () => opened(near));
    const [host, port] = url.split(':');
    const far = connect(Number(port), host, () => {
      near.write('HTTP/1.1 200 OK\r\n\r\n');
      far.pipe(near).pipe(far);
    });
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await listen(server);
  return { asked, url: `http://127.0.0.1:${portOf(server)}` };
}

async function listen(server: Server): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** A port that refuses connections. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
