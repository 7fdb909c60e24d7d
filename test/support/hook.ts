import { Agent, request } from 'node:http';
import { freshHome, type Home, type Options, type Running, start, until } from './program.ts';

/** The program listening for webhooks. */
export interface Listening extends Running {
  home: Home;
  /** Where it takes calls. */
  url: string;
  /** What it has printed behind the line with its address, in ndjson. */
  lines(): Record<string, unknown>[];
}

export async function listening(args: readonly string[] = [], options: Options = {}): Promise<Listening> {
  const { home = freshHome() } = options;
  const words = ['listen', '--port', '0', '-o', 'ndjson', ...args];
  const running = start(words, { timeout: 60_000, ...options, home });
  await until(
    () => running.printed.stdout.includes('\n') || running.child.exitCode !== null,
    'it listens',
    20_000,
  );
  const [first = '{}', ...rest] = running.printed.stdout.split('\n');
  if (rest.length === 0) throw new Error(`it does not listen: ${running.printed.stderr}`);
  const events: Record<string, unknown>[] = [];
  let read = first.length + 1;
  return {
    ...running,
    home,
    url: (JSON.parse(first) as { url: string }).url,
    lines() {
      // Only what is new is parsed: tests that wait for thousands of lines ask again and again.
      const end = running.printed.stdout.lastIndexOf('\n') + 1;
      const added = running.printed.stdout.slice(read, end).split('\n').filter(Boolean);
      read = end;
      events.push(...added.map((line) => JSON.parse(line) as Record<string, unknown>));
      return [...events];
    },
  };
}

// A third of the work of `fetch`, which counts where a test makes thousands of calls.
const agent = new Agent({ keepAlive: true });

/** Posts to it, and resolves to the status and the text of the answer; `null` when there was none. */
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

/** A receipt in the shape of the older generation. */
export function receiptOf(id: string, status = 'DELIVERED', more: Record<string, unknown> = {}) {
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

/** An inbound message. */
export function inboundOf(text: string, more: Record<string, unknown> = {}) {
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
