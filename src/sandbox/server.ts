import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail } from '../errors.ts';
import type { WebhookShape } from '../message/webhook.ts';
import type { SandboxDeps } from './deps.ts';
import { exchange } from './exchange.ts';
import { openState, type State } from './state.ts';
import { wanted } from './webhooks/registration.ts';

export interface SandboxOptions {
  /** The address to listen on: `127.0.0.1`. */
  host: string;
  /** 0: any free one. */
  port: number;
  /** Above 0; 10 means lives run ten times faster. */
  speed: number;
  /** Whether to enforce the documented limits of a production plan, for each key. */
  rateLimit: boolean;
  /** Path of a SQLite file, or `memory`. */
  state: string;
  /** Whether it tells the registered URL what happens; of several processes on one state one does at a time. */
  emits?: boolean;
  /** Registered at the start, as a client would. */
  webhookUrl?: string | undefined;
  /** How it tells, whichever way the URL was registered; else the way of its registration says. */
  webhookShape?: WebhookShape | undefined;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
}

export interface Sandbox {
  /** The base URL a client is given: `http://127.0.0.1:PORT/api`. */
  url: string;
  /** Ends at once, whatever is still open. */
  close(): Promise<void>;
}

/**
 * Starts the embedded gateway: it speaks the vendor's HTTP and sends no message anywhere. With `emits` it calls the URL
 * that is registered, and nobody else.
 * @throws Failure of kind `setup`: `sandbox.port-in-use`, `sandbox.cannot-listen`, `sandbox.state`
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host, speed, rateLimit, now = Date.now } = options;
  const state = await opened(options.state);
  const tools: SandboxDeps = { state, now, speed };
  const server = createServer(exchange(tools, rateLimit));
  // The default of 5 s would close connections under a client that pauses, and cost it a message in doubt.
  server.keepAliveTimeout = 60_000;
  try {
    await listening(server, options);
  } catch (error) {
    state.close();
    refuseToListen(error as NodeJS.ErrnoException, options);
  }
  const { port } = server.address() as AddressInfo;
  const { webhookUrl, webhookShape, emits = false } = options;
  if (webhookUrl !== undefined) state.webhook.register(wanted(webhookUrl, webhookShape ?? 'partner', tools));
  const emitter = emits
    ? (await import('./webhooks/emitter.ts')).startEmitter(tools, webhookShape)
    : undefined;
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/api`,
    close() {
      emitter?.close();
      closed ??= closing(server, state);
      return closed;
    },
  };
}

async function opened(path: string): Promise<State> {
  try {
    return await openState(path);
  } catch (cause) {
    fail(
      'setup',
      'sandbox.state',
      `the sandbox cannot use its state file ${path}: ${cause instanceof Error ? cause.message : cause}`,
      'name another with --state PATH, or keep it in memory: --state memory',
      cause,
    );
  }
}

function listening(server: Server, { host, port }: SandboxOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function refuseToListen(cause: NodeJS.ErrnoException, { host, port }: SandboxOptions): never {
  if (cause.code === 'EADDRINUSE')
    fail(
      'setup',
      'sandbox.port-in-use',
      `port ${port} on ${host} is in use`,
      'name another with --port N; --port 0 takes any free one',
      cause,
    );
  fail(
    'setup',
    'sandbox.cannot-listen',
    `the sandbox cannot listen on ${host}, port ${port}: ${cause.message}`,
    'try --host 127.0.0.1 and a port above 1023',
    cause,
  );
}

async function closing(server: Server, state: State): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  state.close();
}
