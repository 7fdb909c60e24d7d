import { Agent, type IncomingMessage, request as plain } from 'node:http';
import { Agent as SafeAgent, request as safe } from 'node:https';
import type { WebhookPayload } from './payload.ts';

/** HTTP client for webhook calls. */
export interface WebhookClient {
  /** Makes a call; resolves to true if it was acknowledged. Never rejects. */
  call(url: string, payload: WebhookPayload): Promise<boolean>;
  /** Aborts all calls. */
  close(): void;
}

/** Timeouts in milliseconds: 5 s (channel guide), for a rented number 30 s (`inbound-sms`). */
const timeoutsMs = {
  'application/json': 5_000,
  'application/x-www-form-urlencoded': 30_000,
} satisfies Record<WebhookPayload['type'], number>;

/** Exact response that acknowledges the SMS of a rented number; a longer response is read only this far. */
const smsAcknowledgement = '+OK';

/** Opens a client with at most `maxConnections` connections, which are kept alive. */
export function openWebhookClient(maxConnections: number): WebhookClient {
  const options = { keepAlive: true, maxSockets: maxConnections };
  const agents = { http: new Agent(options), https: new SafeAgent(options) };
  let closed = false;
  return {
    async call(url, payload) {
      try {
        const first = await tryCall(url, payload, agents);
        // The server may have closed a connection that was kept alive in the moment it is used again.
        if (first !== 'stale') return first;
        return !closed && (await tryCall(url, payload, agents)) === true;
      } catch {
        // Node's client rejects some URLs.
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

function tryCall(
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
    const settle = (result: boolean | 'stale') => {
      clearTimeout(timer);
      resolve(result);
    };
    const timer = setTimeout(() => {
      settle(false);
      request.destroy();
    }, timeoutsMs[type]);
    request.on('error', ({ code }: NodeJS.ErrnoException) =>
      settle(request.reusedSocket && code === 'ECONNRESET' ? 'stale' : false),
    );
    request.on('response', (response) => read(response, type, settle));
    request.end(body);
  });
}

/** Reads a response to its end, so that the connection can be reused. A redirect is not a success. */
function read(
  response: IncomingMessage,
  type: WebhookPayload['type'],
  settle: (result: boolean) => void,
): void {
  const isSuccess = Math.trunc((response.statusCode ?? 0) / 100) === 2;
  let text = '';
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (text.length <= smsAcknowledgement.length) text += chunk.toString('latin1');
    // The outcome of such a long response is known without reading the rest.
    if (size > 1024 * 1024) response.destroy();
  });
  // `close` follows `end`, and comes alone if the response was cut off.
  response.on('close', () =>
    settle(isSuccess && (type === 'application/json' || text === smsAcknowledgement)),
  );
}
