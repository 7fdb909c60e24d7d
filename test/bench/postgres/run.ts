import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { type Environment, makeEnvironment, runProgram } from '../faults/worker.ts';

const text = 'Ciao {name}, your order {order} is ready';

/** The set-up of a part: a server, a gateway that accepts everything, and a folder. */
interface Bench {
  server: Postgres;
  gateway: Gateway;
  home: string;
  /** Creates a machine on the ledger at `url`; undefined for one with a file. */
  machine(url: string | undefined): Environment;
}

interface Gateway {
  url: string;
  /** Messages since the last call, the milliseconds from the first to the last, and how many came twice. */
  stats(): Promise<{ count: number; took: number; doubled: number }>;
}

/** Parts by name: `npm run bench -- postgres --import --pace` measures two of them. */
const parts: Readonly<Record<string, (bench: Bench) => Promise<string>>> = {
  import: measureImport,
  throughput: measureThroughput,
  pace: measurePace,
  events: measureEvents,
  start: measureStart,
};

/**
 * Measures the ledger on a PostgreSQL of this machine: import, throughput by several processes, their common pace, the
 * time from an event to another machine, and the start. Returns a line for each figure, with its bound.
 */
export async function measurePostgres(names: readonly string[]): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'qlara-postgres-'));
  const server = await startPostgres();
  const child = spawn(process.execPath, ['test/bench/server.js', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill());
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    const origin = `http://127.0.0.1:${String(port).trim()}`;
    let machines = 0;
    const bench: Bench = {
      server,
      gateway: {
        url: `${origin}/api`,
        stats: async () => (await fetch(`${origin}/stats?remember`)).json() as ReturnType<Gateway['stats']>,
      },
      home,
      machine: (url) => makeEnvironment(join(home, `machine-${machines++}`), `${origin}/api`, url),
    };
    const lines: string[] = [];
    for (const name of names.length > 0 ? names : Object.keys(parts)) {
      const part = parts[name];
      if (part === undefined) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(', ')}`);
      lines.push(await part(bench));
    }
    return lines.join('\n');
  } finally {
    child.kill();
    await server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Writes a file of rows, with numbers that no other file has. */
async function writeRows(home: string, rows: number): Promise<string> {
  const path = join(home, `${rows}.csv`);
  const out = createWriteStream(path);
  out.write('to,name,order\n');
  for (let row = 0; row < rows; row += 10_000) {
    const lines = Array.from({ length: Math.min(10_000, rows - row) }, (_, n) => {
      const number = row + n;
      return `+3934${70_000_000 + number},Mario ${number},${number}\n`;
    });
    if (!out.write(lines.join(''))) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return path;
}

/** Starts the program; what it says on stderr ends up in the error of `assertRunning`. */
class Program {
  readonly child: ChildProcess;
  #stderr = '';

  constructor(args: readonly string[], env: Environment) {
    this.child = spawn(process.execPath, ['bin/qlara.js', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr?.on('data', (data) => {
      this.#stderr += String(data);
    });
  }

  assertRunning(): void {
    if (this.child.exitCode !== null) throw new Error(`exit ${this.child.exitCode}: ${this.#stderr}`);
  }

  /** Seconds of processor time so far (proc_pid_stat(5), utime and stime). */
  processorTime(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Largest memory so far, in MB. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

const send = (file: string, rate: number, name: string) => [
  ...['send', 'sms', '--file', file, '-m', text, '--yes', '--quiet', '--name', name, '--rate', `${rate}/s`],
  ...['--concurrency', '64'],
];

const unlimited = 10_000_000;

async function measureImport({ server, gateway, home, machine }: Bench): Promise<string> {
  const rows = 1_000_000;
  const file = await writeRows(home, rows);
  await gateway.stats();
  const begin = performance.now();
  const program = new Program(send(file, unlimited, 'million'), machine(await server.createDatabase()));
  while ((await gateway.stats()).count === 0) {
    program.assertRunning();
    await sleep(100);
  }
  const took = performance.now() - begin;
  const peak = program.peakMemory();
  await program.kill();
  return `import: ${rows} rows recorded at ${perSecond(rows, took)} (at least 20000/s), ${peak.toFixed(0)} MB (below 250)`;
}

/** Milliseconds in which the throughput is counted. */
const windowMs = 4_000;

async function measureThroughput({ server, gateway, home, machine }: Bench): Promise<string> {
  const file = await writeRows(home, 300_000);
  const lines: string[] = [];
  for (const processes of [1, 2, 4]) {
    const url = await server.createDatabase();
    const programs = [new Program(send(file, unlimited, 'throughput'), machine(url))];
    try {
      await gateway.stats();
      while ((await gateway.stats()).count === 0) await sleep(50);
      for (let n = 1; n < processes; n++)
        programs.push(new Program(['bulk', 'work', 'throughput', '--quiet'], machine(url)));
      // The others load the program and join.
      await sleep(processes === 1 ? 500 : 2_000);
      const before = programs.map((program) => program.processorTime());
      const backendBefore = backendTime(server);
      await gateway.stats();
      await sleep(windowMs);
      const { count, took, doubled } = await gateway.stats();
      for (const program of programs) program.assertRunning();
      if (doubled > 0) throw new Error(`${doubled} messages came twice`);
      const used = programs.map((program, n) => program.processorTime() - (before[n] ?? 0));
      const backend = backendTime(server) - backendBefore;
      const share = (seconds: number) => `${Math.round((seconds * 100_000) / windowMs)} %`;
      const cost = ((used.reduce((sum, one) => sum + one, 0) + backend) * 1e6) / count;
      lines.push(
        `throughput: ${processes} ${processes === 1 ? 'process' : 'processes'}: ${perSecond(count, took)}${processes === 2 ? ' (at least 8000/s)' : ''}, ${cost.toFixed(0)} us of the processor a message; each process ${used.map(share).join(', ')} of one, PostgreSQL ${share(backend)}`,
      );
    } finally {
      for (const program of programs) await program.kill();
    }
  }
  return lines.join('\n');
}

/** Seconds of processor time of all processes of the server. */
function backendTime(server: Postgres): number {
  const postmaster = server.pid();
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  return [String(postmaster), ...children]
    .map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
        return (Number(fields[11]) + Number(fields[12])) / 100;
      } catch {
        return 0;
      }
    })
    .reduce((sum, one) => sum + one, 0);
}

async function measurePace({ server, gateway, home, machine }: Bench): Promise<string> {
  const file = await writeRows(home, 20_000);
  const results: string[] = [];
  for (const rate of [50, 400]) {
    const url = await server.createDatabase();
    const programs = [new Program(send(file, rate, 'pace'), machine(url))];
    try {
      await gateway.stats();
      while ((await gateway.stats()).count === 0) await sleep(50);
      for (let n = 1; n < 4; n++)
        programs.push(new Program(['bulk', 'work', 'pace', '--quiet'], machine(url)));
      await sleep(2_500);
      await gateway.stats();
      await sleep(8_000);
      const { count, took } = await gateway.stats();
      for (const program of programs) program.assertRunning();
      results.push(`--rate ${rate}/s is ${(((count - 1) * 1_000) / took).toFixed(1)}/s`);
    } finally {
      for (const program of programs) await program.kill();
    }
  }
  return `pace of 4 processes: ${results.join(', ')} (within 2 %)`;
}

async function measureEvents({ server, machine }: Bench): Promise<string> {
  const url = await server.createDatabase();
  const [sender, receiver, watcher] = [machine(url), machine(url), machine(url)];
  const listener = spawn(process.execPath, ['bin/qlara.js', 'listen', '--port', '0', '-o', 'ndjson'], {
    env: receiver,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const hook = await findAddress(listener);
    const times: number[] = [];
    for (let n = 0; n < 20; n++) {
      const id = `event-${n}`;
      await runProgram(['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--id', id], sender);
      const watch = spawn(
        process.execPath,
        ['bin/qlara.js', 'status', id, '--watch', '-o', 'ndjson', '--interval', '60s'],
        { env: watcher, stdio: ['ignore', 'pipe', 'ignore'] },
      );
      await once(watch.stdout, 'data');
      await sleep(300);
      const begin = performance.now();
      const body = JSON.stringify({ customerMessageId: id, channel: 'sms', status: 'DELIVERED' });
      const line = untilPrinted(watch, '"delivered"');
      await fetch(hook, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      await line;
      times.push(performance.now() - begin);
      watch.kill('SIGKILL');
    }
    times.sort((a, b) => a - b);
    const [median = 0, most = 0] = [times[10], times.at(-1)];
    return `events: from the webhook call to the watching line on another machine ${median.toFixed(0)} ms, at most ${most.toFixed(0)} ms (below 300)`;
  } finally {
    listener.kill('SIGKILL');
  }
}

/** Reads the address of a listener from what it prints at its start. */
async function findAddress(listener: ChildProcess): Promise<string> {
  const printed = await untilPrinted(listener, '}');
  return (JSON.parse(printed) as { url: string }).url;
}

/** Resolves to what a program prints on stdout from now on, once it includes `part`. */
function untilPrinted(program: ChildProcess, part: string): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    program.stdout?.on('data', (data) => {
      printed += String(data);
      if (printed.includes(part)) resolve(printed);
    });
  });
}

async function measureStart({ server, machine }: Bench): Promise<string> {
  const url = await server.createDatabase();
  const [file, database] = [machine(undefined), machine(url)];
  const times: Record<string, number[]> = { node: [], file: [], database: [] };
  const time = async (name: string, args: readonly string[], env: Environment) => {
    const begin = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
    await once(child, 'exit');
    times[name]?.push(performance.now() - begin);
  };
  const one = ['bin/qlara.js', 'send', 'sms', '--to', '+393901234567', '-m', 'hi'];
  for (let round = 0; round < 31; round++) {
    await time('node', ['-e', '0'], file);
    await time('file', one, file);
    await time('database', one, database);
  }
  const median = (name: string) => times[name]?.sort((a, b) => a - b)[15] ?? 0;
  return `start: one send ${median('file').toFixed(0)} ms with a file, ${median('database').toFixed(0)} ms with PostgreSQL; node -e 0 ${median('node').toFixed(0)} ms`;
}

function perSecond(count: number, milliseconds: number): string {
  return `${Math.round((count * 1_000) / milliseconds)}/s`;
}
