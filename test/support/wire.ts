import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterFile } from './after-file.ts';
import type { Certificate } from './tls.ts';

/** A client connection and the layers below its encryption. */
export interface Line {
  /** Carries requests and responses; decrypted when the server uses TLS. */
  app: Socket | TLSSocket;
  /** Raw bytes to and from the client. */
  wire: Socket;
  /** Raw bytes to the server's TLS, as if sent by the client. */
  inward: Socket;
}

/** Behavior of a wire server. Requests other than POST get HTTP 500. */
export interface WireBehaviour {
  certificate?: Certificate | undefined;
  /** Handles the connection before anything is read. */
  accept?: ((wire: Socket) => void) | undefined;
  /** Resolves when connections may be read and the TLS handshake may begin. */
  ready?: Promise<void> | undefined;
  /** Handles the connection after the handshake. */
  secured?: ((line: Line) => void) | undefined;
  /** Called after each complete POST, with its number from 0. */
  post?: ((line: Line, nth: number, id: string) => void) | undefined;
}

export interface WireServer {
  port: number;
  /** Bodies of complete POST requests. */
  posts: string[];
  /** Number of bytes received in requests, complete or not. */
  received(): number;
  /** Number of connections. */
  connections(): number;
}

/** Starts a server on loopback that gives tests control of the bytes below and above TLS. */
export async function serveWire({
  certificate,
  accept,
  ready,
  secured,
  post,
}: WireBehaviour): Promise<WireServer> {
  const posts: string[] = [];
  let connections = 0;
  let received = 0;

  function read(line: Line): void {
    if (secured) {
      secured(line);
      return;
    }
    let bytes = Buffer.alloc(0);
    line.app.on('error', () => {});
    line.app.on('data', (chunk: Buffer) => {
      received += chunk.length;
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

  const server = createServer(async (wire) => {
    connections++;
    wire.on('error', () => {});
    await ready;
    if (accept) return accept(wire);
    if (!inner) return read({ app: wire, wire, inward: wire });
    const inward = connect(getPort(inner), '127.0.0.1', () => {
      lines.set(inward.localPort ?? 0, { wire, inward });
      wire.pipe(inward).pipe(wire);
    });
    inward.on('error', () => wire.destroy());
    wire.on('close', () => inward.destroy());
  });
  await listen(server);
  return { port: getPort(server), posts, received: () => received, connections: () => connections };
}

/** Behavior of a proxy on CONNECT. */
export interface ProxyBehaviour {
  /** Status line to send instead of opening the tunnel. */
  refusal?: string | undefined;
  /** Resolves when the proxy may answer. */
  ready?: Promise<void> | undefined;
  /** Handles the client's connection before any response. */
  accept?: ((near: Socket) => void) | undefined;
  /** Handles the open tunnel instead of forwarding. */
  opened?: ((near: Socket) => void) | undefined;
}

/** Starts a proxy on loopback; `asked` lists the requested hosts and URLs, `received` the credentials. */
export async function serveProxy({ refusal, ready, accept, opened }: ProxyBehaviour = {}) {
  const asked: string[] = [];
  const received: string[] = [];
  const server = createHttpServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(501).end();
  });
  server.on('connect', async ({ url = '', headers }: IncomingMessage, near: Socket) => {
    asked.push(url);
    const credentials = headers['proxy-authorization'];
    if (credentials !== undefined) received.push(credentials);
    near.on('error', () => {});
    await ready;
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
  return { asked, received, url: `http://127.0.0.1:${getPort(server)}` };
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

function getPort(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Returns a port that refuses connections. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = getPort(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
