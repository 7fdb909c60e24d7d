import type { Context } from '../app/context.ts';
import { Failure } from '../errors.ts';
import { pluralize } from '../output/units.ts';
import { readNewMessages } from '../services/conversations.ts';

/**
 * Records opt-outs that people wrote since the last look at the gateway's inbox. Call it before a bulk. An inbox that
 * cannot be read is noted.
 */
export async function readOptOuts(context: Context): Promise<void> {
  const { settings, clock, notices } = context;
  let problem: Failure | undefined;
  try {
    const sources = { ledger: await context.ledger(), words: settings.consentWords, now: clock.now() };
    problem = await readNewMessages(await context.inbox(), sources, (count) => {
      clock.checkpoint();
      notices.startSpinner(`reading the inbox: ${pluralize(count, 'conversation')}`);
    });
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    // Without a ledger nothing can be sent.
    if (cause.code === 'ledger.unusable') throw cause;
    problem = cause;
  } finally {
    notices.stopSpinner();
  }
  if (problem)
    notices.info(`note: opt-outs that people wrote since the last look are not known: ${problem.message}`);
}
