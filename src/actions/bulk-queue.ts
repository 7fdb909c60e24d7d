import type { Bulks } from '../ledger/api.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Clock } from '../services/deps.ts';

/** Which bulks a process works on. */
export interface WorkSelection {
  /** Ids of the bulks; undefined for all. */
  ids: readonly string[] | undefined;
  /** True to work on a bulk again, as after a stop, and on later ones; else on each once. */
  follow: boolean;
}

/** The shortest and the longest pause after a bulk failed, in milliseconds. */
const minPauseMs = 30_000;
const maxPauseMs = 600_000;

/** The bulks that a process may help to send. */
export class BulkQueue {
  readonly #selection: WorkSelection;
  readonly #bulks: Bulks;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Bulks with nothing left to send: that does not change. */
  readonly #done = new Set<string>();
  readonly #tried = new Set<string>();
  /** Bulks that failed, and when to try them again by the monotonic clock. */
  readonly #pauses = new Map<string, { until: number; ms: number }>();

  constructor(selection: WorkSelection, bulks: Bulks, clock: Pick<Clock, 'monotonic'>) {
    this.#selection = selection;
    this.#bulks = bulks;
    this.#clock = clock;
  }

  /** Finds the oldest bulk to send now, and how many of its messages are left; undefined if there is none. */
  async next(): Promise<{ bulk: Bulk; left: number } | undefined> {
    const { ids, follow } = this.#selection;
    for (const bulk of (await this.#bulks.list()).reverse()) {
      const { id } = bulk;
      if (this.#done.has(id) || (ids !== undefined && !ids.includes(id))) continue;
      if (follow ? this.#isPaused(id) : this.#tried.has(id)) continue;
      // One that the user names must not be passed over in silence.
      if (bulk.stopped && (follow || ids === undefined)) continue;
      const { queued, doubt } = await this.#bulks.countUnsettled(id);
      if (queued + doubt > 0) {
        this.#tried.add(id);
        return { bulk, left: queued + doubt };
      }
      this.#done.add(id);
    }
    return undefined;
  }

  /** Reports whether nothing is to be waited for: without `follow`, or when all bulks given by their ids are done. */
  isOver(): boolean {
    const { ids, follow } = this.#selection;
    return !follow || (ids?.every((id) => this.#done.has(id)) ?? false);
  }

  /** Postpones a bulk that failed: longer each time, until it succeeds. */
  postpone(id: string): void {
    const ms = Math.min((this.#pauses.get(id)?.ms ?? minPauseMs / 2) * 2, maxPauseMs);
    this.#pauses.set(id, { until: this.#clock.monotonic() + ms, ms });
  }

  succeed(id: string): void {
    this.#pauses.delete(id);
  }

  #isPaused(id: string): boolean {
    return this.#clock.monotonic() < (this.#pauses.get(id)?.until ?? 0);
  }
}
