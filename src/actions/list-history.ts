import type { Context } from '../app/context.ts';
import { Failure, fail } from '../errors.ts';
import type { HistoryEntry } from '../gateway/history.ts';
import { type ChannelName, channelNames, channelTitles } from '../message/channels/channel.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Instant } from '../message/time.ts';
import { mergeHistory } from '../services/history.ts';
import { isChannelFailure } from './find-template.ts';

/** Selects messages of the history; without `since`, those of the last day. */
export interface HistorySelection {
  /** Undefined for every channel. */
  channel: ChannelName | undefined;
  since: Instant | undefined;
  until: Instant | undefined;
}

const dayMs = 24 * 3_600_000;

/**
 * Lists what the account sent, from here or elsewhere, the newest first: the messages of the gateway's history, and those
 * of the ledger that it does not list. Notes a channel that it cannot list.
 * @throws Failure `dialect.unsupported`, `time.invalid`, and the failure of the gateway if every channel fails
 */
export async function listHistory(
  { channel, since: given, until: end }: HistorySelection,
  context: Context,
): Promise<Delivery[]> {
  const now = context.clock.now();
  const until = end ?? now;
  const since = given ?? until - dayMs;
  if (since > until) fail('usage', 'time.invalid', '--since is later than --until', 'exchange the two times');
  const read = await context.history();
  const ledger = await context.ledger();
  const entries: HistoryEntry[] = [];
  const problems: { channel: ChannelName; cause: Failure }[] = [];
  const channels = channel ? [channel] : channelNames;
  for (const one of channels)
    try {
      for await (const page of read({ channel: one, since, until })) {
        entries.push(...page.entries);
        context.notices.startSpinner(`asking the gateway: ${entries.length.toLocaleString('en')} messages`);
        context.clock.checkpoint();
        if (page.isCut)
          context.notices.info(
            `note: the history of ${channelTitles[one]} is longer: narrow it with --since and --until`,
          );
      }
    } catch (cause) {
      if (!(cause instanceof Failure) || channel || !isChannelFailure(cause)) throw cause;
      problems.push({ channel: one, cause });
    }
  if (problems.length === channels.length) throw problems[0]?.cause;
  for (const { channel: one, cause } of problems)
    context.notices.info(`note: cannot list ${channelTitles[one]} messages: ${cause.message}`);
  const merged = await mergeHistory(entries, { ledger, clock: context.clock });
  const known = new Set(merged.map(({ plan }) => plan.id));
  const own = await ledger.list({ channel, since });
  const unlisted = own.filter(({ plan, createdAt }) => createdAt <= until && !known.has(plan.id));
  return [...merged, ...unlisted].sort((a, b) => b.createdAt - a.createdAt);
}
