import type { Forwards, StoredForward } from '../../ledger/webhook-api.ts';
import type { Instant } from '../../message/time.ts';
import type { Clock } from '../deps.ts';

/** Forwards a call; resolves to null, or to a short reason if the target did not accept it. */
export type PostForward = (forward: Pick<StoredForward, 'url' | 'type' | 'body'>) => Promise<string | null>;

/** Seconds before each further try. After the last the call is dropped, about two hours after it came in. */
const retryDelaysS = [1, 2, 5, 15, 60, 300, 900, 1800, 3600];

/** Calls under way at once: one that hangs does not delay the others. */
const maxUnderWay = 16;

/** Forwards the calls that the ledger holds for `url`, named `name` in notes. `notify` announces new ones. */
export function forwarder(
  { url, name }: { url: string; name: string },
  pass: PostForward,
  forwards: Forwards,
  clock: Clock,
  note: (text: string) => void,
): { notify(): void; run(): Promise<void> } {
  const underWay = new Set<number>();
  let wake = () => {};
  /** Why the last call was not accepted. */
  let lastProblem: string | null = null;

  async function forwardOne(forward: StoredForward): Promise<void> {
    const { seq, tries } = forward;
    const problem = await pass(forward);
    const before = lastProblem;
    lastProblem = problem;
    if (problem === null) {
      await forwards.done([seq]);
      if (before === null) return;
      note(`${name} accepts calls again`);
      await forwards.retryNow(url, clock.now());
    } else {
      // A call cut off because the program ends says nothing about the target.
      clock.checkpoint();
      if (problem !== before)
        note(`${name} did not accept a call: ${problem}; qlara keeps it and tries again`);
      const pause = retryDelaysS[tries];
      if (pause === undefined) {
        note(`${name} did not accept a call in ${retryDelaysS.length + 1} tries; it is dropped`);
        await forwards.done([seq]);
      } else await forwards.reschedule([{ seq, due: clock.now() + pause * 1000 }]);
    }
  }

  return {
    notify: () => wake(),
    /** Runs until the program is being stopped, when the clock throws. */
    async run() {
      for (;;) {
        const notified = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const room = maxUnderWay - underWay.size;
        const due = room > 0 ? await forwards.due(url, clock.now(), maxUnderWay) : [];
        const free = due.filter(({ seq }) => !underWay.has(seq)).slice(0, room);
        for (const forward of free) {
          underWay.add(forward.seq);
          forwardOne(forward)
            // A ledger that cannot be written cannot record the acceptance: wait, so that it is not repeated at once.
            .catch(() => clock.sleep(60_000).catch(() => {}))
            .finally(() => {
              underWay.delete(forward.seq);
              wake();
            });
        }
        clock.checkpoint();
        if (free.length > 0) continue;
        await Promise.race([notified, clock.sleep(await pauseUntil(forwards.nextDue(url)))]);
      }
    },
  };

  /** Returns the milliseconds until the next call is due. Calls under way are due too, and wake the loop when they end. */
  async function pauseUntil(next: Promise<Instant | undefined>): Promise<number> {
    const due = (await next) ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(due - clock.now(), underWay.size > 0 ? 250 : 10), 60_000);
  }
}
