import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = new URL('.', import.meta.url).pathname;
const program = join(folder, '../../bin/qlara.js');
const connections = 64;
const text = 'Ciao {name}, your order {order} is ready';

const home = mkdtempSync(join(tmpdir(), 'qlara-bench-'));
const env = {
  PATH: process.env.PATH,
  HOME: home,
  QLARA_STATE_DIR: join(home, 'state'),
  QLARA_API_KEY: 'key',
};
const number = (i) => `+3934${70_000_000 + i * 7}`;

/** Writes a file of rows in chunks. */
async function writeRows(rows) {
  const path = join(home, `${rows}.csv`);
  const out = createWriteStream(path);
  out.write('to,name,order\n');
  for (let at = 0; at < rows; at += 10_000) {
    const lines = Array.from(
      { length: Math.min(10_000, rows - at) },
      (_, i) => `${number(at + i)},Mario ${at + i},${at + i}\n`,
    );
    if (!out.write(lines.join(''))) await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
  return path;
}

/** Writes the request bodies of the program, for the baseline. */
function writeBodies(rows) {
  const path = join(home, `${rows}.bodies`);
  const bodies = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({
      phoneNumber: number(i),
      message: text.replace('{name}', `Mario ${i}`).replace('{order}', i),
      customerMessageId: `01a20b00-0000-7000-8000-${String(i + 1).padStart(12, '0')}`,
    }),
  );
  writeFileSync(path, `${bodies.join('\n')}\n`);
  return path;
}

async function server(delay = 0) {
  const child = spawn(process.execPath, [join(folder, 'server.js'), String(delay)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve) => child.stdout.once('data', (data) => resolve(Number(data))));
  const stats = async (how = '') => (await fetch(`http://127.0.0.1:${port}/stats${how}`)).json();
  return { port, stats, stop: () => child.kill() };
}

/** Runs a process; resolves to its exit code, CPU time in milliseconds and peak memory in MB. */
async function measure(args, more = {}) {
  const report = join(home, 'report');
  const recorder = join(home, 'recorder.cjs');
  writeFileSync(
    recorder,
    `process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); require('node:fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify({ peak: maxRSS / 1024, cpu: (userCPUTime + systemCPUTime) / 1000 })); });`,
  );
  const child = spawn(process.execPath, ['--require', recorder, ...args], {
    env: { ...env, ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const began = performance.now();
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return { took: performance.now() - began, ...JSON.parse(readFileSync(report, 'utf8')) };
}

let runCount = 0;
const send = (port, file, ...more) =>
  measure(
    [
      program,
      'send',
      'sms',
      '--file',
      file,
      '-m',
      text,
      '--yes',
      '-o',
      'json',
      '--columns',
      'id',
      '--name',
      `run ${runCount++}`,
      '--concurrency',
      String(connections),
      ...more,
    ],
    { QLARA_BASE_URL: `http://127.0.0.1:${port}/api` },
  );

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

export async function throughput() {
  const rows = 60_000;
  const file = await writeRows(rows);
  const bodies = writeBodies(rows);
  const { port, stats, stop } = await server();
  const rates = { bare: [], qlara: [] };
  for (let round = 0; round < 15; round++) {
    await measure([join(folder, 'bare.js'), String(port), bodies, String(connections)]);
    rates.bare.push((rows * 1_000) / (await stats()).took);
    await send(port, file, '--rate', '10000000/s');
    const { count, took, doubled } = await stats();
    if (count !== rows || doubled !== 0)
      throw new Error(`${count} of ${rows} arrived, ${doubled} duplicated`);
    rates.qlara.push((rows * 1_000) / took);
  }
  stop();
  const ratios = rates.qlara.map((rate, round) => rate / rates.bare[round]);
  return `sending ${rows} rows, ${connections} connections, no delay: ${Math.round(median(rates.qlara))}/s with the ledger, ${Math.round(median(rates.bare))}/s undici's pool alone, ratio ${median(ratios).toFixed(2)} (at least 0.8)`;
}

async function latency() {
  const rows = 6_000;
  const delay = 100;
  const file = await writeRows(rows);
  const { port, stats, stop } = await server(delay);
  await send(port, file, '--rate', '10000000/s');
  const { took } = await stats();
  stop();
  const best = (connections * 1_000) / delay;
  const rate = (rows * 1_000) / (took + delay);
  return `response time ${delay} ms: ${Math.round(rate)}/s, ${(rate / best).toFixed(2)} of the maximum of ${connections} connections (at least 0.9)`;
}

export async function pace() {
  const rows = 2_000;
  const file = await writeRows(rows);
  const { port, stats, stop } = await server();
  const results = [];
  for (const rate of [50, 400]) {
    const some = rate === 50 ? await writeRows(500) : file;
    await send(port, some, '--rate', `${rate}/s`);
    const { count, took } = await stats();
    results.push(`${rate}/s is ${(((count - 1) * 1_000) / took).toFixed(1)}/s`);
  }
  stop();
  return `pace: --rate ${results.join(', ')} (within 2 %)`;
}

export async function million() {
  const rows = 1_000_000;
  const file = await writeRows(rows);
  const { port, stats, stop } = await server();
  // Nothing is sent: without a terminal the command stops at the confirmation.
  const reading = await measure(
    [program, 'send', 'sms', '--file', file, '-m', text, '--dry-run', '-o', 'csv'],
    {
      QLARA_BASE_URL: `http://127.0.0.1:${port}/api`,
    },
  );
  const run = spawn(
    process.execPath,
    [program, 'send', 'sms', '--file', file, '-m', text, '--yes', '-q', '-o', 'json', '--rate', '10000000/s'],
    {
      env: { ...env, QLARA_BASE_URL: `http://127.0.0.1:${port}/api` },
      stdio: 'ignore',
    },
  );
  // Killed once the first messages are sent.
  for (let sent = 0; sent === 0; await new Promise((resolve) => setTimeout(resolve, 500)))
    sent = (await stats('?remember')).count;
  run.kill('SIGKILL');
  await new Promise((resolve) => run.once('exit', resolve));
  const list = await measure([program, 'bulk', 'list']);
  const version = await measure([program, '--version']);
  await stats('?remember');
  const [{ id }] = JSON.parse(
    execFileSync(process.execPath, [program, 'bulk', 'list', '--json'], { env, encoding: 'utf8' }),
  );
  const rest = await measure([program, 'bulk', 'resume', id, '--yes', '-q', '-o', 'ndjson'], {
    QLARA_BASE_URL: `http://127.0.0.1:${port}/api`,
  });
  const { count, took, doubled } = await stats();
  if (doubled !== 0) throw new Error(`${doubled} duplicated`);
  stop();
  const size = statSync(join(env.QLARA_STATE_DIR, 'default.db')).size / 1e6;
  return [
    `${rows} rows: parsed, validated and stored at ${Math.round((rows * 1_000) / reading.took)}/s (over 40000), ${reading.peak.toFixed(0)} MB peak (below 200)`,
    `remaining rows sent after a kill: ${count} at ${Math.round((count * 1_000) / took)}/s, ${rest.peak.toFixed(0)} MB peak (below 200)`,
    `remaining rows counted ${(list.took - version.took).toFixed(0)} ms after start-up (below 500), in a ledger of ${size.toFixed(0)} MB`,
  ].join('\n');
}

/** Measures bulk sends: against undici alone, with slow responses, at a rate, and with a million rows. */
export async function bulk() {
  try {
    return [await throughput(), await latency(), await pace(), await million()].join('\n');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
