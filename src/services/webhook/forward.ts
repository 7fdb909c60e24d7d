import type { Forwards, StoredForward } from '../../ledger/api.ts';
import type { Instant } from '../../message/time.ts';
import type { Clock } from '../deps.ts';

/** How a call is passed on: resolves to why it was not taken, in a few words, or to null. */
export type PostForward = (forward: Pick<StoredForward, 'url' | 'type' | 'body'>) => Promise<string | null>;

/** Seconds before it is tried again, by how often it was tried. After the last it is given up, about two hours in all. */
const pauses = [1, 2, 5, 15, 60, 300, 900, 1800, 3600];

/** Passed on at once. One that hangs does not keep the others waiting. */
const most = 16;

/** Passes on to `url`, which is called `name`, what is kept for it. `nudge` says that there is more. */
export function forwarder(
  { url, name }: { url: string; name: string },
  pass: PostForward,
  forwards: Forwards,
  clock: Clock,
  note: (text: string) => void,
): { nudge(): void; run(): Promise<void> } {
  const underWay = new Set<number>();
  let wake = () => {};
  /** Why the last one was not taken. */
  let trouble: string | null = null;

  async function tell(forward: StoredForward): Promise<void> {
    const { seq, tries } = forward;
    const why = await pass(forward);
    const before = trouble;
    trouble = why;
    if (why === null) {
      await forwards.done([seq]);
      if (before === null) return;
      note(`${name} takes calls again`);
      await forwards.retryNow(url, clock.now());
    } else {
      // What is cut off since the program ends says nothing of whoever was called.
      clock.checkpoint();
      if (why !== before) note(`${name} did not take a call: ${why}; it is kept and tried again`);
      const pause = pauses[tries];
      if (pause === undefined) {
        note(`${name} did not take a call in ${pauses.length + 1} tries; it is given up`);
        await forwards.done([seq]);
      } else await forwards.reschedule([{ seq, due: clock.now() + pause * 1000 }]);
    }
  }

  return {
    nudge: () => wake(),
    /** Until the program is being stopped, which the clock throws. */
    async run() {
      for (;;) {
        const nudged = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const room = most - underWay.size;
        const due = room > 0 ? await forwards.due(url, clock.now(), most) : [];
        const free = due.filter(({ seq }) => !underWay.has(seq)).slice(0, room);
        for (const forward of free) {
          underWay.add(forward.seq);
          tell(forward)
            // A ledger that cannot be written does not know that it was taken: not at once again, then.
            .catch(() => clock.sleep(60_000).catch(() => {}))
            .finally(() => {
              underWay.delete(forward.seq);
              wake();
            });
        }
        clock.checkpoint();
        if (free.length > 0) continue;
        await Promise.race([nudged, clock.sleep(await pauseUntil(forwards.nextDue(url)))]);
      }
    },
  };

  /** What is under way is due already, and wakes when it is over. */
  async function pauseUntil(next: Promise<Instant | undefined>): Promise<number> {
    const due = (await next) ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(due - clock.now(), underWay.size > 0 ? 250 : 10), 60_000);
  }
}
