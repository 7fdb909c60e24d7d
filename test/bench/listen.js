import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = new URL('../../bin/qlara.js', import.meta.url).pathname;
const events = 5_000;
const concurrency = 50;

const number = (i) => `+3934${70_000_000 + i * 7}`;

/** Starts the program, and resolves once `ready` finds what it waits for in its stdout. */
function start(args, env, ready) {
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  const found = new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      stdout += data;
      const match = ready.exec(stdout);
      if (match) resolve(match[0]);
    });
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
  return { child, found, printed: () => stdout };
}

/** Posts, and resolves to the milliseconds until the answer was whole. */
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

const percentile = (sorted, share) =>
  sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)].toFixed(1);

/** Events at once, each durable before its answer; and from an event to the line of whoever watches. */
export async function listen() {
  const home = mkdtempSync(join(tmpdir(), 'qlara-bench-'));
  const env = { PATH: process.env.PATH, HOME: home, QLARA_STATE_DIR: join(home, 'state') };
  const listening = start(['listen', '--port', '0', '-o', 'ndjson'], env, /http:[^"]+/);
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  try {
    const url = await listening.found;
    const took = [];
    let next = 0;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (next < events) {
          const i = next++;
          const body = JSON.stringify({
            messageId: `msg_${i}`,
            customerMessageId: `order-${i}`,
            phoneNumber: number(i),
            status: 'DELIVERED',
            timestamp: new Date().toISOString(),
            channel: 'sms',
            error: null,
          });
          took.push(await post(url, body, agent));
        }
      }),
    );
    const rate = (events * 1_000) / (performance.now() - began);
    took.sort((a, b) => a - b);
    return `${events} events, ${concurrency} at once: ${Math.round(rate)}/s, half of them answered in ${percentile(took, 0.5)} ms, 99 of 100 in ${percentile(took, 0.99)} ms (below 100), the last in ${percentile(took, 1)} ms`;
  } finally {
    agent.destroy();
    listening.child.kill();
    rmSync(home, { recursive: true, force: true });
  }
}
