import { Failure } from '../../errors.ts';
import type { Claimed, Happened } from '../../ledger/run.ts';
import { learnt, safeFrom } from '../settle.ts';
import type { Tools } from '../tools.ts';

/** Time between two questions for those that the gateway does not show, in milliseconds. */
const interval = 1_000;

/** Messages asked for at once: when many are in doubt, those that are known are told of before all are asked for. */
const batch = 100;

/** What sending lets settling see and do. */
interface Sending {
  /** Messages that may have been sent, by row. What is settled is taken out. */
  doubts: Map<number, Claimed>;
  /** Whether it was sent so often without a clear answer that it is given up. */
  isHopeless(of: Claimed): boolean;
  /** Resolves when a request may go. */
  pace(): Promise<void>;
  happened(news: readonly Happened[]): void;
  /** Whether nothing else is left to do. */
  isAlone(): boolean;
  isDone(): boolean;
  /** Waits, but not when all is done. @throws as `Clock.sleep` */
  pause(milliseconds: number): Promise<void>;
}

/**
 * As long as a bulk is sent, finds out what became of those messages whose request had no clear answer: asks the
 * gateway for them, and gives back for sending what it does not know past the time in which it could still come to
 * know it. Resolves to how many it has given up, for the gateway never said whether it took them.
 * @throws Failure `send.in-doubt` when the gateway cannot be asked and nothing else is left to do
 */
export async function settleAll(
  { doubts, isHopeless, pace, happened, isAlone, isDone, pause }: Sending,
  tools: Tools,
): Promise<number> {
  const { gateway, clock } = tools;
  let givenUp = 0;
  for (let silent = false; ; await pause(interval)) {
    if (isDone()) return givenUp;
    try {
      const asking = [...doubts.values()];
      for (let at = 0; at < asking.length; at += batch) await settle(asking.slice(at, at + batch));
      silent = false;
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
      if (isAlone())
        throw new Failure(
          'doubt',
          'send.in-doubt',
          `${messages(doubts.size)} may have been sent, and the gateway cannot be asked: ${cause.message}`,
          undefined,
          cause,
        );
      if (!silent) tools.note(`${cause.message}; asking again later what became of ${messages(doubts.size)}`);
      silent = true;
    }
  }

  async function settle(asking: readonly Claimed[]): Promise<void> {
    await pace();
    const asked = clock.now();
    const known = await gateway.status(asking.map(({ delivery }) => delivery.plan.id));
    for (const of of asking) {
      const answer = known.get(of.delivery.plan.id);
      if (answer) happened(learnt(of.delivery, answer).map((event) => ({ of, event })));
      else if (asked < safeFrom(of.delivery, tools, asked)) continue;
      else if (isHopeless(of)) givenUp++;
      else
        happened([{ of, event: { kind: 'unsent', at: clock.now(), reason: 'the gateway has not got it' } }]);
      doubts.delete(of.row);
    }
  }
}

function messages(count: number): string {
  return `${count} message${count === 1 ? '' : 's'}`;
}
