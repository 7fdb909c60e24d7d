import type { Forwards, KeptForward } from '../ledger/forwards.ts';
import type { Instant } from '../message/event.ts';
import type { Clock } from './tools.ts';

/** How a call is passed on: resolves to whether it was taken. */
export type Pass = (forward: Pick<KeptForward, 'url' | 'type' | 'body'>) => Promise<boolean>;

/** Seconds before it is tried again, by how often it was tried. After the last it is given up, about two hours in all. */
const pauses = [1, 2, 5, 15, 60, 300, 900, 1800, 3600];

/** Passed on at once. */
const batch = 16;

/** Passes on to `url` what is kept for it. `nudge` says that there is more. */
export function forwarder(
  url: string,
  pass: Pass,
  forwards: Forwards,
  clock: Clock,
  note: (text: string) => void,
): { nudge(): void; run(): Promise<void> } {
  let wake = () => {};
  let isSilent = false;

  async function one(forward: KeptForward): Promise<{ seq: number; due: Instant | null }> {
    const { seq, tries } = forward;
    if (await pass(forward)) {
      if (isSilent) note(`${url} takes calls again`);
      isSilent = false;
      return { seq, due: null };
    }
    const pause = pauses[tries];
    if (!isSilent) note(`${url} does not take calls; they are kept and tried again`);
    isSilent = true;
    if (pause === undefined) note(`a call was not taken in ${pauses.length + 1} tries and is given up`);
    return { seq, due: pause === undefined ? null : clock.now() + pause * 1000 };
  }

  return {
    nudge: () => wake(),
    /** Until the program is being stopped, which the clock throws. */
    async run() {
      for (;;) {
        const due = await forwards.due(url, clock.now(), batch);
        if (due.length > 0) {
          const tried = await Promise.all(due.map(one));
          const later = tried.flatMap(({ seq, due }) => (due === null ? [] : [{ seq, due }]));
          const over = tried.filter(({ due }) => due === null).map(({ seq }) => seq);
          if (over.length > 0) await forwards.done(over);
          if (later.length > 0) await forwards.postpone(later);
          clock.checkpoint();
          continue;
        }
        const next = (await forwards.next(url)) ?? Number.POSITIVE_INFINITY;
        const nudged = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await Promise.race([nudged, clock.sleep(Math.min(Math.max(next - clock.now(), 10), 60_000))]);
      }
    },
  };
}
