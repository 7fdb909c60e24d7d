import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../errors.ts';
import type { WebhookShape } from '../message/webhook.ts';
import { loadDialects } from './account.ts';
import type { SandboxDeps } from './deps.ts';
import type { SandboxDialectName } from './dialects.ts';
import { createRequestHandler } from './exchange.ts';
import { openState, type SandboxState } from './state.ts';
import { newRegistration } from './webhooks/registration.ts';

export interface SandboxOptions {
  /** Address to listen on, such as `127.0.0.1`. */
  host: string;
  /** Port number, or 0 for any free port. */
  port: number;
  /** Speed of timelines, above 0: 10 is ten times faster than real time. */
  speed: number;
  /** True to enforce the documented limits of a production plan, for each key. */
  rateLimit: boolean;
  /** Path of a SQLite file, or `memory`. */
  state: string;
  /** True to call the registered webhook. Of several processes on one state file, one does so at a time. */
  sendsWebhooks?: boolean;
  /** Webhook URL to register at the start. */
  webhookUrl?: string | undefined;
  /** Shape of webhook calls; by default the shape that belongs to the endpoint used for registration. */
  webhookShape?: WebhookShape | undefined;
  /** Generation of the account: it then has no bodies and paths of another; undefined for all. */
  strict?: SandboxDialectName | undefined;
  /** Balance in EUR that the account begins with; kept in the state. */
  credit?: number | undefined;
  /** Returns the time in milliseconds since 1970. */
  now?: () => number;
}

export interface Sandbox {
  /** Base URL for clients: `http://127.0.0.1:PORT/api`. */
  url: string;
  /** Shape of the calls to the webhook URL of the options. */
  webhookShape: string;
  /** Closes the server and all its connections at once. */
  close(): Promise<void>;
}

/**
 * Starts the embedded gateway, which implements the vendor's HTTP API and sends no messages. With `sendsWebhooks` it
 * calls the registered URL; it opens no other connection.
 * @throws Failure of kind `setup`: `sandbox.port-in-use`, `sandbox.cannot-listen`, `sandbox.state`
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host, speed, rateLimit, now = Date.now } = options;
  const state = await openStateOrFail(options.state);
  if (options.credit !== undefined) state.account.setStartingBalance(Math.round(options.credit * 100));
  const dialects = await loadDialects(options.strict);
  const deps: SandboxDeps = { state, dialects, now, speed };
  const server = createServer(createRequestHandler(deps, rateLimit));
  // The default of 5 s would close the connection of a client that pauses, and put a message in doubt.
  server.keepAliveTimeout = 60_000;
  try {
    await startListening(server, options);
  } catch (error) {
    state.close();
    failToListen(error as NodeJS.ErrnoException, options);
  }
  const { port } = server.address() as AddressInfo;
  const { webhookUrl, webhookShape, sendsWebhooks = false } = options;
  const shape = webhookShape ?? (dialects.strict ?? dialects.oldest).defaultShape;
  if (webhookUrl !== undefined) state.webhook.register(newRegistration(webhookUrl, shape, deps));
  const emitter = sendsWebhooks
    ? (await import('./webhooks/emitter.ts')).startEmitter(deps, webhookShape)
    : undefined;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/api`,
    webhookShape: shape,
    close() {
      emitter?.close();
      closed ??= closeServer(server, state);
      return closed;
    },
  };
}

async function openStateOrFail(path: string): Promise<SandboxState> {
  try {
    return await openState(path);
  } catch (cause) {
    fail(
      'setup',
      'sandbox.state',
      `cannot use the state file ${path}: ${cause instanceof Error ? cause.message : cause}`,
      'choose another file with --state PATH, or use --state memory',
      cause,
    );
  }
}

function startListening(server: Server, { host, port }: SandboxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function failToListen(cause: NodeJS.ErrnoException, { host, port }: SandboxOptions): never {
  if (cause.code === 'EADDRINUSE')
    fail(
      'setup',
      'sandbox.port-in-use',
      `port ${port} on ${host} is in use`,
      'choose another port with --port; --port 0 takes any free one',
      cause,
    );
  fail(
    'setup',
    'sandbox.cannot-listen',
    `cannot listen on ${host}, port ${port}: ${cause.message}`,
    'use --host 127.0.0.1 and a port above 1023',
    cause,
  );
}

async function closeServer(server: Server, state: SandboxState): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  state.close();
}
