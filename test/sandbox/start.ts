import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

export const noon = Date.UTC(2025, 3, 8, 12);

export const freshState = () => join(mkdtempSync(join(tmpdir(), 'qlara-')), 'sandbox.db');

/** Response fields that tests read by name. */
interface Fields {
  messageId: string;
  customerMessageId: string;
  channel: string;
  deliveryStatus: string;
  deliveryStatusDescription: string;
  timestamp: string;
  simulation: boolean;
  attempts: { channel: string; deliveryStatus: string }[];
  results: unknown;
  data: unknown[];
}

interface Reply<Body = Fields> {
  status: number;
  headers: Headers;
  body: Body;
  /** The body, if it is an array. */
  list: Body[];
}

/** Starts a sandbox on a free port with a controllable clock; closed when the test ends. */
export async function start(options: Partial<SandboxOptions> = {}) {
  const clock = { now: noon };
  const sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    speed: 1,
    rateLimit: false,
    state: 'memory',
    now: () => clock.now,
    ...options,
  });
  onTestFinished(() => sandbox.close());
  const call = async <Body = Fields>(
    method: string,
    path: string,
    init: RequestInit = {},
  ): Promise<Reply<Body>> => {
    const response = await fetch(sandbox.url + path, { method, headers: { 'X-Api-Key': 'any' }, ...init });
    const text = await response.text();
    const body = text === '' ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body, list: body };
  };
  return {
    ...sandbox,
    clock,
    call,
    get: <Body = Fields>(path: string) => call<Body>('GET', path),
    post: <Body = Fields>(path: string, body: unknown) =>
      call<Body>('POST', path, { body: JSON.stringify(body) }),
    put: (path: string, body: unknown) => call('PUT', path, { body: JSON.stringify(body) }),
    patch: (path: string) => call('PATCH', path),
    sms: (end: string, more = {}) =>
      call('POST', '/message-server/sms/send', {
        body: JSON.stringify({ phoneNumber: `+39390123${end}`, message: 'Ciao', ...more }),
      }),
    whatsapp: (end: string, more = {}) =>
      call('POST', '/message-server/whatsapp/send', {
        body: JSON.stringify({ phoneNumber: `+39390123${end}`, message: 'Ciao', ...more }),
      }),
  };
}
