import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = new URL('../../bin/qlara.js', import.meta.url).pathname;
const events = 5_000;
const concurrency = 50;

const number = (i) => `+3934${70_000_000 + i * 7}`;

/** Starts the program; resolves when its stdout matches `ready`. */
function start(args, env, ready) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  const found = new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      stdout += data;
      const match = ready.exec(stdout);
      if (match) resolve(match[0]);
    });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} exited with ${code}`)));
  });
  return { child, found, printed: () => stdout };
}

/** Posts a body; resolves to the milliseconds until the complete response. */
function post(url, body, agent) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        response.resume();
        response.on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - began);
          else reject(new Error(`HTTP ${response.statusCode}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const sortNumbers = (numbers) => [...numbers].sort((a, b) => a - b);
const percentile = (numbers, share) =>
  numbers[Math.min(Math.floor(numbers.length * share), numbers.length - 1)].toFixed(1);

const delivered = (id, i) =>
  JSON.stringify({
    messageId: `msg_${id}`,
    customerMessageId: id,
    phoneNumber: number(i),
    status: 'DELIVERED',
    timestamp: new Date().toISOString(),
    channel: 'sms',
    error: null,
  });

/**
 * Sends concurrent events, each stored before its response; measures latency and checks that all are printed.
 */
async function burst(url, printed) {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const took = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (next < events) {
        const i = next++;
        took.push(await post(url, delivered(`order-${i}`, i), agent));
      }
    }),
  );
  const rate = (events * 1_000) / (performance.now() - began);
  agent.destroy();
  const lines = () => printed().split('\n').length - 2;
  for (const end = Date.now() + 10_000; lines() < events && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 20));
  if (lines() !== events) throw new Error(`${lines()} of ${events} events printed`);
  const all = sortNumbers(took);
  return `${events} events, ${concurrency} concurrent: ${Math.round(rate)}/s, all stored; median response ${percentile(all, 0.5)} ms, 99th percentile ${percentile(all, 0.99)} ms (below 100)`;
}

/** Measures the time from an event to the line printed by `status --watch`. */
async function measureWatch(url, env) {
  // The sandbox takes a minute for these numbers, so the event arrives before any status response.
  const messages = Array.from({ length: 20 }, (_, i) => `+39347000${String(i).padStart(2, '0')}0012`);
  const send = start(
    ['send', 'sms', '--to', messages.join(','), '-m', 'hi', '-o', 'ndjson', '--columns', 'id'],
    env,
    new RegExp(`(.*\n){${messages.length}}`),
  );
  const ids = (await send.found)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id);
  const watching = start(['status', '--watch', '-o', 'ndjson', '--columns', 'id,status'], env, /\n/);
  await watching.found;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const agent = new Agent({ keepAlive: true });
  const took = [];
  for (const [i, id] of ids.entries()) {
    const line = JSON.stringify({ id, status: 'delivered' });
    const printed = new Promise((resolve) => {
      const check = () => {
        if (!watching.printed().includes(line)) return;
        watching.child.stdout.off('data', check);
        resolve(performance.now());
      };
      watching.child.stdout.on('data', check);
    });
    const began = performance.now();
    await post(url, delivered(id, i), agent);
    took.push((await printed) - began);
  }
  agent.destroy();
  const all = sortNumbers(took);
  return `from an event to the line of status --watch: median ${percentile(all, 0.5)} ms, maximum ${percentile(all, 1)} ms (below 200)`;
}

/** Measures the listener: concurrent events, and the delay to a watching command. */
export async function listen() {
  const home = mkdtempSync(join(tmpdir(), 'qlara-bench-'));
  const own = {
    PATH: process.env.PATH,
    HOME: home,
    QLARA_STATE_DIR: join(home, 'state'),
    QLARA_API_KEY: 'key',
  };
  const running = [];
  const started = async (args, env, ready) => {
    const one = start(args, env, ready);
    running.push(one.child);
    return { ...one, found: await one.found };
  };
  try {
    const sandbox = await started(['sandbox', '--port', '0', '--state', 'memory'], own, /http:\S+/);
    const env = { ...own, QLARA_BASE_URL: sandbox.found };
    const listening = await started(['listen', '--port', '0', '-o', 'ndjson'], env, /http:[^"]+/);
    return [await burst(listening.found, listening.printed), await measureWatch(listening.found, env)].join(
      '\n',
    );
  } finally {
    for (const child of running) child.kill();
    rmSync(home, { recursive: true, force: true });
  }
}
