import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForOtherMachine } from '../../src/actions/other-machine.ts';
import type { Ledger } from '../../src/ledger/api.ts';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
// Loading takes real time, during which virtual time has nothing to do.
import '../../src/ledger/bulk-creation.ts';
import '../../src/ledger/bulk-run.ts';
import '../../src/ledger/turn.ts';
import { bulkId, rowId } from '../../src/message/bulk.ts';
import type { Message, Plan } from '../../src/message/message.ts';
import type { Phone } from '../../src/message/phone.ts';
import type { Deps } from '../../src/services/deps.ts';
import { deliver } from '../../src/services/dispatch/deliver.ts';
import { sendBulk } from '../../src/services/dispatch/send-bulk.ts';
import { refresh } from '../../src/services/track.ts';
import { createVolatileFacts } from '../../src/storage/gateway-facts.ts';
import { compose } from '../support/messages.ts';
import { seededRandom } from '../support/random.ts';
import { benign, type Faults, ShadowGateway, statusKinds } from './gateway.ts';
import { graceMs, type Job, type Machine, SimProcess } from './process.ts';
import { VirtualTime } from './time.ts';

/** Result of a simulation. */
export interface Result {
  kills: number;
  episodes: number;
  messages: number;
  accepted: number;
  /** Resolved by hand, since the gateway could prove nothing. */
  resolved: number;
}

/** A message that was accepted more than once, or never although it counts as sent. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/**
 * Kills processes of the product at random steps until `kills` were killed, in episodes of one ledger and one
 * gateway each, starting with episode `from`. The same seed gives the same run.
 * @throws Violation, which names seed, episode and step
 */
export async function simulate(seed: number, kills: number, from = 0): Promise<Result> {
  const result: Result = { kills: 0, episodes: 0, messages: 0, accepted: 0, resolved: 0 };
  const systemRandom = Math.random;
  try {
    for (let episode = from; result.kills < kills; episode++) {
      const random = seededRandom(seed * 1_000_003 + episode);
      Math.random = random;
      const one = new Episode(random);
      try {
        await one.play();
      } catch (cause) {
        const where = `seed ${seed}, episode ${episode}, step ${one.steps}`;
        throw new Violation(`${cause instanceof Error ? cause.message : cause} (${where})`, { cause });
      } finally {
        one.close();
      }
      result.kills += one.kills;
      result.episodes++;
      result.messages += one.ids.length;
      result.accepted += one.gateway.accepted.length;
      result.resolved += one.resolved;
    }
  } finally {
    Math.random = systemRandom;
  }
  return result;
}

/** Repeats one episode and prints its events and the requests about `id`. */
export async function replay(
  seed: number,
  episode: number,
  id: string,
  write: (line: string) => void,
): Promise<void> {
  const random = seededRandom(seed * 1_000_003 + episode);
  Math.random = random;
  const one: Episode = new Episode(random, (line) => {
    if (!line.includes(': http') || line.includes(id)) write(line);
  });
  try {
    await one.play();
  } finally {
    write((await one.historyOf(id)).join('\n'));
    one.close();
  }
}

const message: Message = compose({
  channel: 'sms',
  fallback: false,
  text: 'hi',
  template: undefined,
  variables: {},
  sender: undefined,
  simulation: false,
});

/** Sent by WhatsApp; RCS and SMS must respond too before it counts as absent. */
const chained: Message = compose({
  channel: 'whatsapp',
  fallback: true,
  text: 'hi',
  template: 'template_123',
  variables: {},
  sender: undefined,
  simulation: false,
});

const bulk = bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001');
const url = 'http://gateway.invalid/api';

/** Maximum duration of an episode, and of its end without faults, in virtual milliseconds. */
const longestMs = 24 * 3_600_000;

class Episode {
  readonly time = new VirtualTime();
  readonly gateway: ShadowGateway;
  readonly ids: string[] = [];
  readonly trace: (line: string) => void;
  steps = 0;
  kills = 0;
  resolved = 0;
  readonly #random: () => number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'qlara-sim-'));
  readonly #facts = createVolatileFacts();
  readonly #plans: Plan[] = [];
  readonly #rows: number;
  #machine: Machine;
  #processes: SimProcess[] = [];
  #killAt = Infinity;
  #started = 0;
  #isHealed = false;

  constructor(random: () => number, write: (line: string) => void = () => {}) {
    this.trace = (line) => write(`${Math.round(this.time.now)} ms, step ${this.steps}: ${line}`);
    this.#random = random;
    const chance = (maxRate: number) => (random() < 0.5 ? random() * maxRate : 0);
    const faults: Faults = {
      limited: random() < 0.7 ? 0.1 : 0,
      refused: chance(0.2),
      broken: chance(0.3),
      failing: chance(0.3),
      acceptedAnyway: random(),
      late: chance(0.05),
      statusFailing: chance(0.5),
      statusOdd: chance(0.5),
    };
    const kind = this.#pick(statusKinds);
    const shownAfterMs = random() * (graceMs - 1_000);
    this.gateway = new ShadowGateway(kind, faults, shownAfterMs, random, () => this.time.now);
    this.gateway.trace = (line) => this.trace(`http ${line}`);
    this.trace(`gateway ${kind}, shows after ${Math.round(shownAfterMs)} ms, ${JSON.stringify(faults)}`);
    this.#rows = Math.floor(random() * 60);
    for (let n = 1; n <= this.#rows; n++) this.ids.push(rowId(bulk, n));
    for (let n = 0; n < 1 + random() * 4; n++) {
      this.#plans.push({
        id: `single-${n}`,
        to: '+393901234567' as Phone,
        message: random() < 0.3 ? chained : message,
      });
      this.ids.push(`single-${n}`);
    }
    this.#machine = this.#boot('default');
  }

  /** Sends everything with processes that are killed, then sends the rest without faults, and counts. */
  async play(): Promise<void> {
    await this.#record();
    const lives = 3 + Math.floor(this.#random() * 25);
    for (let life = 0; life < lives; life++) {
      this.#troubles();
      const count = 1 + Math.floor(this.#random() * 3);
      for (let n = 0; n < count; n++) this.#start(this.#job());
      this.#killAt = this.steps + 1 + Math.floor(this.#random() ** 2 * 150);
      await this.time.run(() => this.#alive().length === 0, longestMs);
      this.#processes = [];
    }
    await this.#heal();
    await this.#judge();
  }

  close(): void {
    for (const process of this.#processes) process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #pick<T>(among: readonly T[]): T {
    return among[Math.floor(this.#random() * among.length)] as T;
  }

  #boot(name: string): Machine {
    const digits = () =>
      Array.from({ length: 12 }, () => Math.floor(this.#random() * 16).toString(16)).join('');
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    return {
      machine: digits(),
      boot: digits(),
      skewMs: 0,
      ledgerPath: join(folder, 'default.db'),
      markers: join(folder, 'config'),
    };
  }

  async #opened<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
    const { ledgerPath, markers, boot, machine } = this.#machine;
    const clock = { machine, boot, monotonic: () => this.time.now };
    const ledger = await openLedger(ledgerPath, {
      markers,
      durability: 'off',
      clock,
      schedule: () => () => {},
    });
    try {
      return await work(ledger);
    } finally {
      ledger.close();
    }
  }

  /**
   * Records all messages, so that every copy of the ledger knows their ids: a copy without an id cannot
   * detect it.
   */
  async #record(): Promise<void> {
    await this.#opened((ledger) => ledger.queue(this.#plans, 1));
    if (this.#rows === 0) return;
    await this.#opened(async ({ bulks }) => {
      await bulks.begin({
        id: bulk,
        name: null,
        source: 'simulator',
        createdAt: 1,
        common: message,
        retryOf: null,
        rate: null,
        concurrency: 8,
      });
      const rows = Array.from({ length: this.#rows }, (_, n) => `+39347100${1000 + n}` as Phone);
      await bulks.add(
        bulk,
        rows.map((to) => ({ to, message, id: null })),
      );
      await bulks.seal(bulk, 'f');
    });
  }

  /** Applies a fault between two processes: a clock step, a restart, or a replaced ledger. */
  #troubles(): void {
    const draw = this.#random();
    this.trace(`troubles ${draw.toFixed(3)}`);
    if (draw < 0.1) this.#machine.skewMs += (this.#random() < 0.5 ? -1 : 1) * 3_600_000;
    else if (draw < 0.15) this.#machine = { ...this.#machine, boot: this.#boot('default').boot };
    else if (draw < 0.2) this.#copyLedger('default', 'backup');
    else if (draw < 0.25) this.#copyLedger('backup', 'default');
    else if (draw < 0.28) this.#moveAway();
  }

  #copyLedger(from: string, to: string): void {
    for (const end of ['', '-wal', '-shm']) {
      const target = join(this.#folder, to, `default.db${end}`);
      mkdirSync(join(this.#folder, to), { recursive: true });
      try {
        copyFileSync(join(this.#folder, from, `default.db${end}`), `${target}.new`);
      } catch {
        if (end === '') return;
        rmSync(target, { force: true });
        continue;
      }
      copyFileSync(`${target}.new`, target);
    }
  }

  /** Continues with a copy of the ledger on another machine with its own configuration. */
  #moveAway(): void {
    const name = `machine-${this.steps}`;
    const next = this.#boot(name);
    for (const end of ['', '-wal', '-shm'])
      try {
        copyFileSync(this.#machine.ledgerPath + end, next.ledgerPath + end);
      } catch {}
    this.#machine = next;
  }

  #alive(): SimProcess[] {
    return this.#processes.filter(({ isOver }) => !isOver);
  }

  #start(job: Job): SimProcess {
    const name = `process ${++this.#started}`;
    const process = new SimProcess(name, this.#machine, this.time, this.gateway, url, this.#facts, () =>
      this.#step(),
    );
    this.#processes.push(process);
    this.trace(`start ${process.name} on ${this.#machine.ledgerPath}: ${job.name}`);
    process.start(job);
    return process;
  }

  async historyOf(id: string): Promise<string[]> {
    return this.#opened(async (ledger) => (await ledger.history(id)).map((event) => JSON.stringify(event)));
  }

  #job(): Job {
    const draw = this.#random();
    if (draw < 0.3 && this.#rows > 0) return sendRest;
    if (draw < 0.55 && this.#rows > 0) return helpToSend(this.#random() * 2_000);
    if (draw < 0.8) return sendOne(this.#pick(this.#plans));
    return draw < 0.9 ? checkStatus(this.ids) : sendOne(this.#pick(this.#plans));
  }

  /**
   * Handles a step of a process: that or another process may be killed, suspended, or run out of disk space.
   */
  #step(): void {
    this.steps++;
    if (this.#isHealed) return;
    const victim = () => this.#pick(this.#alive());
    if (this.steps >= this.#killAt && this.#alive().length > 0) {
      const process = victim();
      this.trace(`kill ${process.name}`);
      process.kill();
      this.kills++;
      this.#killAt = this.steps + 1 + Math.floor(this.#random() ** 2 * 150);
      return;
    }
    const draw = this.#random();
    if (draw < 0.002 && this.#alive().length > 0) this.#suspend(victim());
    else if (draw < 0.003) this.#fillDisk();
  }

  #suspend(process: SimProcess): void {
    if (process.isSuspended) return;
    this.trace(`suspend ${process.name}`);
    process.suspend();
    this.time.after(this.#random() * 200_000, () => process.resume());
  }

  #fillDisk(): void {
    const all = this.#alive();
    for (const process of all) process.isDiskFull = true;
    this.time.after(this.#random() * 5_000, () => {
      for (const process of all) process.isDiskFull = false;
    });
  }

  /** Ends all faults. Messages that the gateway cannot prove absent are resolved by hand from its records. */
  async #heal(): Promise<void> {
    this.trace('healed');
    this.#isHealed = true;
    this.gateway.faults = benign;
    for (let round = 0; round < 4; round++) {
      const jobs = [
        ...this.#plans.map((plan) => [sendOne(plan)]),
        ...(this.#rows > 0 ? [[sendRest, helpToSend(100), helpToSend(300)]] : []),
      ];
      for (const together of jobs) {
        for (const job of together) this.#start(job);
        await this.time.run(() => this.#alive().length === 0, longestMs);
      }
      const failed = this.#processes.find(({ failure }) => failure !== undefined);
      if (failed) throw failed.failure;
      if (!(await this.#settleByHand())) return;
    }
    throw new Violation('doubts are never settled');
  }

  async #settleByHand(): Promise<boolean> {
    return this.#opened(async (ledger) => {
      const doubts = await ledger.list({ statuses: ['in-doubt'] });
      const ids = doubts.map(({ plan }) => plan.id);
      while (await ledger.isSentElsewhere(ids)) this.time.now += 1_000;
      for (const { plan } of doubts) {
        const isSent = this.gateway.count(plan.id) > 0;
        const done = await ledger.resolve([plan.id], isSent, 'the simulator looked', 1);
        if (!('resolved' in done)) throw new Violation(`${plan.id} is in doubt and cannot be resolved`);
        this.resolved++;
      }
      return doubts.length > 0;
    });
  }

  async #judge(): Promise<void> {
    const phases = await this.#opened(
      async (ledger) => new Map((await ledger.list({})).map(({ plan, phase }) => [plan.id, phase])),
    );
    for (const id of this.ids) {
      const count = this.gateway.count(id);
      if (count > 1) throw new Violation(`${id} was accepted ${count} times`);
      if (count === 0) throw new Violation(`${id} was lost: it is ${phases.get(id)} and was never accepted`);
      if (phases.get(id) !== 'accepted') throw new Violation(`${id} was accepted and is ${phases.get(id)}`);
    }
  }
}

/** `qlara send sms --id ID`. */
function sendOne(plan: Plan): Job {
  return async (tools) => {
    for await (const { problem } of deliver([plan], tools)) if (problem) throw problem;
  };
}

/** `qlara bulk resume`. */
async function sendRest(tools: Deps): Promise<void> {
  await waitForOtherMachine([bulk], tools.ledger, { clock: tools.clock, notices: { info() {} } });
  await send(tools, false);
}

/** `qlara bulk work`, after a delay. */
function helpToSend(delayMs: number): Job {
  return async function helpToSend(tools) {
    await tools.clock.sleep(delayMs);
    await send(tools, true);
  };
}

async function send(tools: Deps, joins: boolean): Promise<void> {
  const { ledger, gateway, clock } = tools;
  const run = await ledger.bulks.take(bulk, gateway.route, clock.now(), { joins });
  try {
    const limits = () => [{ count: 1, per: 20 }];
    for await (const _ of sendBulk(bulk, run, { limits, concurrency: 8, probation: 0 }, tools));
  } finally {
    await run.release();
  }
}

/** `qlara status ID...`. */
function checkStatus(ids: readonly string[]): Job {
  return async (tools) => {
    const found = await Promise.all(ids.slice(0, 20).map((id) => tools.ledger.find(id)));
    await refresh(
      found.filter((delivery) => delivery !== undefined),
      tools,
    );
  };
}
