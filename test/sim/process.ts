import { Failure } from '../../src/errors.ts';
import { createHttpClient } from '../../src/gateway/http/client.ts';
import { NetworkError, type Transport, Withheld } from '../../src/gateway/http/exchange.ts';
import { createGateway } from '../../src/gateway/http-gateway.ts';
import { dialect as partner } from '../../src/gateway/partner/dialect.ts';
import type { Ledger } from '../../src/ledger/api.ts';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { requestTimeoutMs } from '../../src/message/timeouts.ts';
import type { Clock, Deps } from '../../src/services/deps.ts';
import { createVolatileFacts, type GatewayFacts } from '../../src/storage/gateway-facts.ts';
import type { ShadowGateway } from './gateway.ts';
import { never, type VirtualTime } from './time.ts';
// The product loads these when needed. Loading takes real time, which virtual time would not wait for.
import '../../src/gateway/status-query.ts';
import '../../src/services/reconcile.ts';

/** A machine: boot id, wall clock and ledger. */
export interface Machine {
  machine: string;
  boot: string;
  /** Offset of the wall clock in milliseconds. */
  skewMs: number;
  ledgerPath: string;
  markers: string;
}

/** Work of a process, given its dependencies. */
export type Job = (tools: Deps) => Promise<void>;

export const graceMs = 15_000;

/**
 * A process with the product's deliveries, bulks, reconciler, HTTP layer and ledger; time, network and disk
 * space are simulated. After a kill its pending promises never settle and its locks are free.
 */
export class SimProcess {
  isOver = false;
  isKilled = false;
  isSuspended = false;
  isDiskFull = false;
  failure: unknown;
  #ledger: Ledger | undefined;
  #resume: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly machine: Machine,
    readonly time: VirtualTime,
    readonly gateway: ShadowGateway,
    readonly url: string,
    readonly facts: GatewayFacts,
    /** Called at each step of the process, at which it may be killed. */
    readonly step: (process: SimProcess) => void,
  ) {}

  start(job: Job): void {
    this.#run(job).then(
      () => this.#end(),
      (cause) => {
        // Commands exit with a code for these; any other error is a bug.
        if (!(cause instanceof Failure)) this.failure = cause;
        this.#end();
      },
    );
  }

  kill(): void {
    if (this.isOver) return;
    this.isKilled = true;
    this.isOver = true;
    this.#ledger?.close();
  }

  suspend(): void {
    this.isSuspended = true;
  }

  resume(): void {
    this.isSuspended = false;
    for (const go of this.#resume.splice(0)) go();
  }

  #end(): void {
    if (this.isKilled) return;
    this.isOver = true;
    this.#ledger?.close();
  }

  async #run(job: Job): Promise<void> {
    const { machine, time } = this;
    this.#ledger = await openLedger(machine.ledgerPath, {
      markers: machine.markers,
      durability: 'off',
      clock: { machine: machine.machine, boot: machine.boot, monotonic: () => time.now },
      schedule: (beat, intervalMs) => this.#every(beat, intervalMs),
    });
    if (this.isKilled) this.#ledger.close();
    const clock = this.#clock();
    const client = createHttpClient(
      this.url,
      { kind: 'key', key: 'k' },
      { transport: this.#transport(), ...clock },
    );
    const options = { route: this.url, facts: this.facts, account: createVolatileFacts(), isTrusted: false };
    await job({
      gateway: createGateway(client, partner, options),
      ledger: this.#guarded(this.#ledger),
      clock,
      grace: graceMs,
      firstSeen: new Map(),
      flags: '',
      note() {},
    });
  }

  /** Awaits a value unless the process is dead; waits while it is suspended. */
  async #alive<T>(value: Promise<T>): Promise<T> {
    const [result] = await Promise.allSettled([value]);
    this.step(this);
    while (this.isSuspended && !this.isKilled)
      await new Promise<void>((resolve) => this.#resume.push(resolve));
    if (this.isKilled) return never;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #every(beat: () => void, intervalMs: number): () => void {
    let isOn = true;
    const tick = () => {
      if (!isOn || this.isKilled) return;
      if (!this.isSuspended) beat();
      this.time.after(intervalMs, tick);
    };
    this.time.after(intervalMs, tick);
    return () => {
      isOn = false;
    };
  }

  #clock(): Clock {
    const { machine, time } = this;
    return {
      machine: machine.machine,
      boot: machine.boot,
      now: () => Math.round(1_700_000_000_000 + time.now + machine.skewMs),
      monotonic: () => time.now,
      sleep: (milliseconds) => this.#alive(time.sleep(milliseconds)),
      checkpoint() {},
    };
  }

  #transport(): Transport {
    return {
      exchange: async (request) => {
        await this.#alive(Promise.resolve());
        if (request.mayLeave?.() === false) throw new Withheld();
        const { time, gateway } = this;
        const limit = time.now + requestTimeoutMs.response;
        // The request is sent, even if the process is killed.
        const reply = time.sleep(1 + gateway.random() * 50).then(async () => {
          const reply = gateway.handle(request.method, request.url, request.body);
          await time.sleep(Math.min(reply.delay, limit - time.now));
          return reply;
        });
        const got = await this.#alive(reply);
        if (got.kind === 'broken') throw new NetworkError('connection broken', got.reached);
        if (got.delay >= requestTimeoutMs.response) throw new NetworkError('no answer in time', true);
        return { status: got.status, text: got.body, header: (name) => got.headers?.[name] };
      },
      close: async () => {},
    };
  }

  /** Wraps the ledger: the process may be killed at each call, and the disk may be full. */
  #guarded(ledger: Ledger): Ledger {
    return this.#wrap(ledger) as Ledger;
  }

  #wrap(target: object): object {
    return new Proxy(target, {
      get: (object, name) => {
        const value = Reflect.get(object, name) as unknown;
        if (typeof value === 'object' && value !== null) return this.#wrap(value);
        if (typeof value !== 'function') return value;
        return (...words: unknown[]) => {
          if (this.isKilled) return never;
          if (this.isDiskFull && writes.has(String(name)))
            return this.#alive(Promise.reject(new Failure('setup', 'ledger.unusable', 'the disk is full')));
          const result = (value as (...words: unknown[]) => unknown).apply(object, words);
          if (!(result instanceof Promise)) return result;
          return this.#alive(
            result.then((done: unknown) =>
              // The run of a bulk is also an object of the ledger.
              typeof done === 'object' && done !== null && 'commitAndClaim' in done ? this.#wrap(done) : done,
            ),
          );
        };
      },
    });
  }
}

const writes = new Set([
  'queue',
  'claim',
  'append',
  'abandon',
  'release',
  'take',
  'commitAndClaim',
  'takeOver',
  'reserve',
  'hold',
  'confirm',
]);
