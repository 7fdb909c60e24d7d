import { Agent, type IncomingMessage, request as plain } from 'node:http';
import { Agent as SafeAgent, request as safe } from 'node:https';
import type { WebhookPayload } from './payload.ts';

/** Calls whoever is registered. */
export interface WebhookClient {
  /** Resolves to whether it was taken; never rejects. */
  call(url: string, notice: WebhookPayload): Promise<boolean>;
  /** Breaks off what is under way. */
  close(): void;
}

/** How long an answer may take, in milliseconds: 5 s (channel guide), for a rented number 30 s (`inbound-sms`). */
const patience = {
  'application/json': 5_000,
  'application/x-www-form-urlencoded': 30_000,
} satisfies Record<WebhookPayload['type'], number>;

/** The exact answer that takes the SMS of a rented number; of a longer one no more than this is wanted. */
const taken = '+OK';

/** `most`: connections at once, which are kept open. */
export function openWebhookClient(most: number): WebhookClient {
  const options = { keepAlive: true, maxSockets: most };
  const agents = { http: new Agent(options), https: new SafeAgent(options) };
  let closed = false;
  return {
    async call(url, notice) {
      try {
        const first = await once(url, notice, agents);
        // A connection that was kept may be closed by the other side in the moment it is used again.
        if (first !== 'stale') return first;
        return !closed && (await once(url, notice, agents)) === true;
      } catch {
        // An address that Node's client refuses to call at all.
        return false;
      }
    },
    close() {
      closed = true;
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function once(
  url: string,
  { type, body }: WebhookPayload,
  agents: { http: Agent; https: SafeAgent },
): Promise<boolean | 'stale'> {
  return new Promise((resolve) => {
    const options = {
      method: 'POST',
      headers: {
        'Content-Type': type,
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'qlara-sandbox',
      },
    };
    const request = url.toLowerCase().startsWith('https:')
      ? safe(url, { ...options, agent: agents.https })
      : plain(url, { ...options, agent: agents.http });
    const end = (how: boolean | 'stale') => {
      clearTimeout(timer);
      resolve(how);
    };
    const timer = setTimeout(() => {
      end(false);
      request.destroy();
    }, patience[type]);
    request.on('error', ({ code }: NodeJS.ErrnoException) =>
      end(request.reusedSocket && code === 'ECONNRESET' ? 'stale' : false),
    );
    request.on('response', (response) => read(response, type, end));
    request.end(body);
  });
}

/** Reads an answer to its end, so that the connection can be used again. A redirect is no success. */
function read(response: IncomingMessage, type: WebhookPayload['type'], end: (how: boolean) => void): void {
  const isSuccess = Math.trunc((response.statusCode ?? 0) / 100) === 2;
  let text = '';
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (text.length <= taken.length) text += chunk.toString('latin1');
    // Whoever answers with so much is not read to the end, and need not be: what it is is known.
    if (size > 1024 * 1024) response.destroy();
  });
  // `close` comes after `end`, and alone where the answer was cut.
  response.on('close', () => end(isSuccess && (type === 'application/json' || text === taken)));
}
