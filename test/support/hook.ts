import { Agent, request } from 'node:http';
import { freshHome, type Home, type Options, type RunningProgram, start, until } from './program.ts';

/** A running `qlara listen`. */
export interface Listener extends RunningProgram {
  home: Home;
  /** Address that accepts webhooks. */
  url: string;
  /** Returns the parsed ndjson lines printed after the one with the address. */
  lines(): Record<string, unknown>[];
}

export async function listening(args: readonly string[] = [], options: Options = {}): Promise<Listener> {
  const { home = freshHome() } = options;
  const commandLine = ['listen', '--port', '0', '-o', 'ndjson', ...args];
  const running = start(commandLine, { timeout: 60_000, ...options, home });
  await until(
    () => running.printed.stdout.includes('\n') || running.child.exitCode !== null,
    'qlara listens',
    20_000,
  );
  const [first = '{}', ...rest] = running.printed.stdout.split('\n');
  if (rest.length === 0) throw new Error(`qlara does not listen: ${running.printed.stderr}`);
  const events: Record<string, unknown>[] = [];
  let read = first.length + 1;
  return {
    ...running,
    home,
    url: (JSON.parse(first) as { url: string }).url,
    lines() {
      // Parse only the new lines: tests that wait for thousands of lines poll this often.
      const end = running.printed.stdout.lastIndexOf('\n') + 1;
      const added = running.printed.stdout.slice(read, end).split('\n').filter(Boolean);
      read = end;
      events.push(...added.map((line) => JSON.parse(line) as Record<string, unknown>));
      return [...events];
    },
  };
}

// Takes a third of the time of `fetch`, which matters in tests that make thousands of calls.
const agent = new Agent({ keepAlive: true });

/** Posts a body and resolves to the response, or to `null` without one. */
export function post(
  url: string,
  body: unknown,
  type = 'application/json',
): Promise<{ status: number; text: string } | null> {
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return new Promise((resolve) => {
    const headers = { 'content-type': type, 'content-length': Buffer.byteLength(content) };
    request(url, { method: 'POST', agent, headers }, async (answer) => {
      try {
        let text = '';
        for await (const chunk of answer.setEncoding('utf8')) text += chunk;
        resolve({ status: answer.statusCode ?? 0, text });
      } catch {
        resolve(null);
      }
    })
      .on('error', () => resolve(null))
      .end(content);
  });
}

/** Builds the body of a receipt in the older format. */
export function receiptBody(id: string, status = 'DELIVERED', more: Record<string, unknown> = {}) {
  return {
    messageId: `msg_of_${id}`,
    customerMessageId: id,
    phoneNumber: '+393901234567',
    status,
    timestamp: new Date().toISOString(),
    channel: 'sms',
    error: null,
    ...more,
  };
}

/** Builds the body of an inbound message. */
export function inboundBody(text: string, more: Record<string, unknown> = {}) {
  return {
    eventType: 'INBOUND',
    source: '+393901234567',
    destination: '+393909999999',
    text,
    channel: 'WHATSAPP',
    messageType: 'TEXT',
    timestamp: new Date().toISOString(),
    ...more,
  };
}
