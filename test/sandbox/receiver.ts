import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A call as it came in. */
export interface Called {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  at: number;
}

/** What is answered: a status, a body; null: nothing, ever. */
export type Reaction = { status?: number; body?: string; headers?: Record<string, string> } | null;

/** Waits until something holds, looking again and again. @throws when it does not come to hold */
export async function until(holds: () => boolean, what: string, most = 15_000): Promise<void> {
  for (const end = Date.now() + most; !holds(); ) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Somebody who is called; takes everything unless `react` says otherwise. */
export async function receiver(react: (called: Called, nth: number) => Reaction = () => ({})) {
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
    const reaction = react(called, calls.length - 1);
    if (reaction === null) return;
    response.writeHead(reaction.status ?? 200, reaction.headers).end(reaction.body ?? '');
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
    /** The bodies, read as JSON. */
    events: () => calls.map(({ text }) => JSON.parse(text) as Record<string, unknown>),
    async count(least: number): Promise<void> {
      await until(() => calls.length >= least, `${least} calls came, not ${calls.length}`);
    },
  };
}
