import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A received webhook request. */
export interface Called {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  at: number;
}

/** Response to a webhook; null never responds. */
export type Reaction = { status?: number; body?: string; headers?: Record<string, string> } | null;

/**
 * Polls until a condition holds.
 * @throws after `timeoutMs`
 */
export async function until(condition: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !condition(); ) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a server that receives webhooks and accepts them unless `react` returns another response. */
export async function receiver(respond: (called: Called, nth: number) => Reaction = () => ({})) {
  const calls: Called[] = [];
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const called: Called = {
      path: request.url ?? '',
      headers: request.headers,
      text: Buffer.concat(chunks).toString(),
      at: performance.now(),
    };
    sockets.add(request.socket);
    calls.push(called);
    const reply = respond(called, calls.length - 1);
    if (reply === null) return;
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return {
    url,
    calls,
    connections: () => sockets.size,
    /** Returns the bodies, parsed as JSON. */
    events: () => calls.map(({ text }) => JSON.parse(text) as Record<string, unknown>),
    async count(least: number): Promise<void> {
      await until(() => calls.length >= least, `${least} calls came, not ${calls.length}`);
    },
  };
}
