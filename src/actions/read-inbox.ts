import type { Context } from '../app/context.ts';
import { Failure } from '../errors.ts';
import { pluralize } from '../output/units.ts';
import { readNewMessages } from '../services/conversations.ts';

/** Time without a conversation after which the inbox is given up, in milliseconds: a bulk must not wait for it. */
const stallTimeoutMs = 10_000;

/**
 * Records opt-outs that people wrote since the last look at the gateway's inbox. Call it before a bulk. An inbox that
 * cannot be read is noted.
 */
export async function readOptOuts(context: Context): Promise<void> {
  const { settings, clock, notices } = context;
  let problem: Failure | undefined;
  let count = 0;
  let isOver = false;
  try {
    const sources = {
      ledger: await context.ledger(),
      words: settings.consentWords,
      now: clock.now(),
      note: notices.info,
    };
    const reading = readNewMessages(await context.inbox(), sources, (read) => {
      if (isOver) return;
      count = read;
      clock.checkpoint();
      notices.startSpinner(`reading the inbox: ${pluralize(read, 'conversation')}`);
    });
    // After a time-out, nobody waits for its end.
    reading.catch(() => {});
    for (let before = -1; before < count; ) {
      before = count;
      const end = await Promise.race([
        reading.then((failure) => ({ failure })),
        clock.sleep(stallTimeoutMs).then(() => undefined),
      ]);
      if (end !== undefined) {
        problem = end.failure;
        break;
      }
      if (before === count)
        problem = new Failure('gateway', 'gateway.unreachable', 'the gateway does not answer in time');
    }
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    // Without a ledger nothing can be sent.
    if (cause.code === 'ledger.unusable') throw cause;
    problem = cause;
  } finally {
    isOver = true;
    notices.stopSpinner();
  }
  if (problem)
    notices.info(`note: opt-outs that people wrote since the last look are not known: ${problem.message}`);
}
