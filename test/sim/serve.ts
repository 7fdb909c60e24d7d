import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Reply, ShadowGateway } from './gateway.ts';

/** Serves a shadow gateway on loopback. A response takes at most `maxDelayMs`. */
export async function serveShadow(
  gateway: ShadowGateway,
  maxDelayMs = Infinity,
): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    let body = '';
    try {
      for await (const chunk of request) body += chunk;
    } catch {
      // The client was killed before the end of its request.
      return;
    }
    const reply = gateway.handle(request.method ?? '', `http://host${request.url}`, body || null);
    setTimeout(() => write(reply, response), Math.min(reply.delay, maxDelayMs));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function write(reply: Reply, response: ServerResponse): void {
  if (reply.kind === 'broken') response.socket?.resetAndDestroy();
  else
    response
      .writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      .end(reply.body);
}
