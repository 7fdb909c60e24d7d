import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterFile } from './after-file.ts';

export interface TcpProxy {
  port: number;
  /** Number of open connections of clients. */
  connections(): number;
  /** Resets all connections; new ones are accepted. */
  cut(): void;
  /**
   * Resets all connections instead of forwarding piece number `pieces` that comes from now on: of clients, if `lose` is
   * `requests`, so that the server never sees it; of servers, if it is `answers`.
   */
  cutAfter(pieces: number, lose: 'requests' | 'answers'): void;
  /** Resets the connection of the next client that commits; its COMMIT reaches the server so many milliseconds later. */
  postponeCommit(milliseconds: number): void;
  /** Stops forwarding in both directions, also on new connections, which stay open. */
  stall(): void;
  /** Forwards again, first what came in meanwhile. */
  go(): void;
  /** Resets new connections. */
  refuse(): void;
  /** Accepts connections again. */
  accept(): void;
  /** Resets all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a proxy on the loopback interface that forwards bytes to a port, by default of this machine. */
export async function startTcpProxy(port: number, host = '127.0.0.1'): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, server: Socket]>();
  let isStalled = false;
  let isRefusing = false;
  // Without `data` events a socket is not read: what the kernel cannot buffer stays with the sender.
  let fuse: { left: number; lose: 'requests' | 'answers' } | undefined;
  const isBurnt = (kind: 'requests' | 'answers') => {
    if (fuse?.lose !== kind || --fuse.left > 0) return false;
    fuse = undefined;
    return true;
  };
  let lateMs: number | undefined;
  /** Connections to the server that outlive their clients. */
  const detached = new Set<Socket>();
  const postpone = (bytes: Buffer, from: Socket, to: Socket) => {
    setTimeout(() => to.write(bytes), lateMs);
    lateMs = undefined;
    detached.add(to);
    from.resetAndDestroy();
  };
  const forward = (from: Socket, to: Socket, kind: 'requests' | 'answers') =>
    from.on('data', (bytes) => {
      if (isBurnt(kind)) return cut();
      if (lateMs !== undefined && kind === 'requests' && bytes.includes('COMMIT'))
        return postpone(bytes, from, to);
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => {
        if (!isStalled) from.resume();
      });
    });
  const proxy = createServer({ noDelay: true }, (client) => {
    if (isRefusing) {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const server = connect({ port, host, noDelay: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [server, client] as const]) {
      forward(one, other, one === client ? 'requests' : 'answers');
      one.on('error', () => {
        if (!detached.has(other)) other.resetAndDestroy();
      });
      one.on('end', () => other.end());
      one.on('close', () => {
        if (!detached.has(other)) other.destroy();
        pairs.delete(pair);
      });
      if (isStalled) one.pause();
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const each = (action: (socket: Socket) => void) => {
    for (const pair of pairs) for (const socket of pair) action(socket);
  };
  const cut = () => each((socket) => socket.resetAndDestroy());
  const close = async () => {
    isRefusing = true;
    cut();
    if (!proxy.listening) return;
    proxy.close();
    await once(proxy, 'close');
  };
  afterFile(close);
  return {
    port: (proxy.address() as AddressInfo).port,
    connections: () => pairs.size,
    cut,
    cutAfter(left, lose) {
      fuse = { left, lose };
    },
    postponeCommit(milliseconds) {
      lateMs = milliseconds;
    },
    stall() {
      isStalled = true;
      each((socket) => socket.pause());
    },
    go() {
      isStalled = false;
      each((socket) => socket.resume());
    },
    refuse() {
      isRefusing = true;
    },
    accept() {
      isRefusing = false;
    },
    close,
  };
}
