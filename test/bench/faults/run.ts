import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../support/postgres.ts';
import { seededRandom } from '../../support/random.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import type { GatewayNews } from './gateway.ts';
import { type FaultKind, injectFaults, type Target } from './injector.ts';
import { type Environment, makeEnvironment, runProgram, Worker } from './worker.ts';

/** A row of the bulk as the ledger has it at the end, and when the gateway accepted it. */
interface FinalRow {
  id: string;
  status: string;
  isInDoubt: boolean;
  acceptedAt: readonly number[];
}

/**
 * Sends a bulk by several workers on one ledger through a faulty gateway, while they are killed and frozen, and their
 * connections and the database fail. Returns a table of what was lost and doubled, and sets the exit code to 1 if anything
 * was; then the folder with the logs stays.
 * @param args flags: `--rows N --workers N --faults N --seed N`, `--interval MS` from one fault to the next, `--limit S` for
 *   the time after the last fault, `--ledger sqlite` for one worker without a database
 * @param gatewayPath the bundled gateway
 */
export async function runWithFaults(args: readonly string[], gatewayPath: string): Promise<string> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: 'string', default: '20000' },
      workers: { type: 'string', default: '4' },
      faults: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      interval: { type: 'string', default: '3000' },
      limit: { type: 'string', default: '600' },
      ledger: { type: 'string', default: 'postgres' },
    },
  });
  const [rows, faults, seed, intervalMs] = [values.rows, values.faults, values.seed, values.interval].map(
    Number,
  ) as [number, number, number, number];
  const hasDatabase = values.ledger === 'postgres';
  const begin = Date.now();
  const seconds = () => `${((Date.now() - begin) / 1_000).toFixed(1)} s`;
  const log = (text: string) => process.stderr.write(`${seconds()} ${text}\n`);

  const home = mkdtempSync(join(tmpdir(), 'qlara-faults-'));
  const database = hasDatabase ? await startPostgres() : undefined;
  const ledger = await database?.createDatabase();
  const gateway = fork(gatewayPath, [String(seed)]);
  const { url } = await nextNews<{ url: string }>(gateway);
  const targets: Target[] = [];
  const observer = makeEnvironment(join(home, 'observer'), url, ledger);
  for (let n = 0; n < (hasDatabase ? Number(values.workers) : 1); n++) {
    const proxy = database && (await startTcpProxy(database.port));
    const env = proxy
      ? makeEnvironment(join(home, `worker-${n}`), url, replacePort(ledger ?? '', proxy.port))
      : observer;
    // A label stands for the id, which is not known yet.
    const command = hasDatabase ? ['bulk', 'work', label] : ['bulk', 'resume', label, '--yes'];
    targets.push({ worker: new Worker(`worker ${n}`, command, env, join(home, `worker-${n}.log`)), proxy });
  }
  const workers = targets.map(({ worker }) => worker);
  const cleanUp = () => {
    for (const worker of workers) worker.end();
    gateway.kill();
  };
  process.once('exit', cleanUp);
  process.once('SIGINT', () => process.exit(130));
  try {
    await startBulk(home, workers, observer, {
      rows,
      rate: Math.ceil((rows * 1_000) / (faults * intervalMs)),
    });
    const counts = await injectFaults(targets, database, {
      count: faults,
      intervalMs,
      random: seededRandom(seed),
      onFault: log,
    });
    log('no more faults');
    const deadline = Date.now() + Number(values.limit) * 1_000;
    await finish(workers, observer, deadline, log);
    const final = await readRows(observer, await askGateway(gateway));
    const failed = final.length !== rows || final.some((row) => findFlaw(row) !== undefined);
    if (failed) process.exitCode = 1;
    else rmSync(home, { recursive: true, force: true });
    return [
      ...describe(counts, final, workers),
      `time            ${seconds()}`,
      ...(failed ? [`logs            ${home}`, ...listFlaws(final, begin)] : []),
    ].join('\n');
  } finally {
    cleanUp();
    for (const { proxy } of targets) await proxy?.close();
    await database?.close();
  }
}

const label = 'faults';

function replacePort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

async function nextNews<T extends GatewayNews>(gateway: ReturnType<typeof fork>): Promise<T> {
  const [news] = (await once(gateway, 'message')) as [T];
  return news;
}

/** Returns when the gateway accepted each id. */
async function askGateway(gateway: ReturnType<typeof fork>): Promise<Map<string, number[]>> {
  const answer = nextNews<{ accepted: [string, number][] }>(gateway);
  gateway.send('report');
  const times = new Map<string, number[]>();
  for (const [id, at] of (await answer).accepted) times.set(id, [...(times.get(id) ?? []), at]);
  return times;
}

/** Has the first worker record a bulk and send it, and starts the others. `rate`: messages a second, of all together. */
async function startBulk(
  home: string,
  [first, ...others]: readonly Worker[],
  observer: Environment,
  { rows, rate }: { rows: number; rate: number },
): Promise<void> {
  const file = join(home, 'rows.csv');
  const numbers = Array.from({ length: rows }, (_, n) => `+39347${1_000_000 + n}`);
  writeFileSync(file, `to\n${numbers.join('\n')}\n`);
  first?.start([
    ...['send', 'sms', '--file', file, '-m', 'hi', '--yes', '--quiet'],
    ...['--name', label, '--rate', `${rate}/s`],
  ]);
  for (;;) {
    await sleep(200);
    if (first?.isRunning !== true) throw new Error(`the bulk could not be recorded: see ${first?.log}`);
    const { code, stdout } = await runProgram(['bulk', 'list', '--json'], observer);
    if (code === 0 && (JSON.parse(stdout) as object[]).length > 0) break;
  }
  for (const worker of others) worker.start();
}

/** Lets the workers send the rest, then resumes the bulk until no message is in doubt or queued, at most until `deadline`. */
async function finish(
  workers: readonly Worker[],
  observer: Environment,
  deadline: number,
  log: (text: string) => void,
): Promise<void> {
  for (const worker of workers) worker.acceptsDoubts = true;
  while (workers.some(({ isDone }) => !isDone) && Date.now() < deadline) await sleep(500);
  for (const worker of workers) worker.end();
  while (Date.now() < deadline) {
    const open = (await readRows(observer, new Map())).filter(
      ({ status, isInDoubt }) => isInDoubt || status === 'queued',
    );
    if (open.length === 0) return;
    log(`${open.length} in doubt or queued: bulk resume`);
    const { code } = await runProgram(['bulk', 'resume', label, '--yes', '--quiet'], observer);
    log(`bulk resume: exit ${code}`);
    if (code !== 0) await sleep(1_000);
  }
}

/** Reads the rows of the bulk from the ledger, and adds when the gateway accepted them. */
async function readRows(
  observer: Environment,
  accepted: ReadonlyMap<string, readonly number[]>,
): Promise<FinalRow[]> {
  const args = ['status', '--bulk', label, '--no-refresh', '-o', 'ndjson', '--columns', 'id,status,inDoubt'];
  const { stdout, stderr, code } = await runProgram(args, observer);
  // Messages that failed or are in doubt have exit codes of their own.
  if (stdout === '') throw new Error(`status failed with ${code}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { id, status, inDoubt } = JSON.parse(line) as { id: string; status: string; inDoubt: boolean };
      return { id, status, isInDoubt: inDoubt, acceptedAt: accepted.get(id) ?? [] };
    });
}

/** Returns what is wrong with a row; undefined for a row that the gateway accepted once and the ledger knows of, or doubts. */
function findFlaw({
  status,
  isInDoubt,
  acceptedAt,
}: FinalRow): 'lost' | 'doubled' | 'unrecorded' | undefined {
  if (acceptedAt.length > 1) return 'doubled';
  if (isInDoubt) return undefined;
  if (acceptedAt.length === 0) return 'lost';
  return status === 'queued' || status === 'rejected' ? 'unrecorded' : undefined;
}

function describe(
  counts: ReadonlyMap<FaultKind, number>,
  final: readonly FinalRow[],
  workers: readonly Worker[],
): string[] {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const count = (flaw: ReturnType<typeof findFlaw>) => final.filter((row) => findFlaw(row) === flaw).length;
  const accepted = (times: (n: number) => boolean) =>
    final.filter(({ acceptedAt }) => times(acceptedAt.length)).length;
  const exits = new Map<number, number>();
  for (const { exits: own } of workers)
    for (const [code, times] of own) exits.set(code, (exits.get(code) ?? 0) + times);
  const list = (entries: Iterable<readonly [string | number, number]>) =>
    [...entries].map(([name, times]) => `${name} ${times}`).join(', ');
  return [
    `faults          ${total} (${list(counts)})`,
    `workers         ${workers.length}; exit codes ${list(exits)}`,
    `rows            ${final.length}`,
    `accepted        never ${accepted((n) => n === 0)}, once ${accepted((n) => n === 1)}, more often ${accepted((n) => n > 1)}`,
    `lost            ${count('lost')}`,
    `doubled         ${count('doubled')}`,
    // Accepted, and the ledger would send it again.
    `unrecorded      ${count('unrecorded')}`,
    `in doubt        ${final.filter(({ isInDoubt }) => isInDoubt).length}`,
  ];
}

/** Lists the first rows with a flaw, and when the gateway accepted them after `begin`. */
function listFlaws(final: readonly FinalRow[], begin: number): string[] {
  return final
    .filter((row) => findFlaw(row) !== undefined)
    .slice(0, 20)
    .map((row) => {
      const times = row.acceptedAt.map((at) => `${((at - begin) / 1_000).toFixed(1)} s`).join(', ');
      return `${findFlaw(row)} ${row.id} ${row.status} ${times}`;
    });
}
