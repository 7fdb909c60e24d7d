import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { remainingWindowMs } from '../message/channels/window.ts';
import type { Conversation } from '../message/conversation.ts';
import { readInboundNumber } from '../message/phone.ts';
import { type ConversationSources, listConversations } from '../services/conversations.ts';
import type { ConversationRow } from '../views/conversation.ts';

/** Runs `work` with the sources that are available. */
export type WithSources = <T>(work: (conversationSources: ConversationSources) => Promise<T>) => Promise<T>;

/**
 * Opens the sources of conversations. If the gateway has no inbox or cannot be asked, uses the ledger alone and notes that
 * once. With `retries`, asks the gateway again the next time.
 */
export async function openSources(
  refresh: boolean,
  retries: boolean,
  context: Context,
): Promise<WithSources> {
  const { clock, settings, notices } = context;
  const ledger = await context.ledger();
  const readStates = new Set<string>();
  const shared = () => ({ ledger, words: settings.consentWords, now: clock.now(), readStates });
  let asks = refresh;
  let noted = false;
  return async (work) => {
    let problem: Failure | undefined;
    if (asks)
      try {
        return await work({ ...shared(), inbox: await context.inbox() });
      } catch (cause) {
        const isMissing =
          cause instanceof Failure && (cause.kind === 'gateway' || cause.code === 'credentials.missing');
        if (!isMissing) throw cause;
        asks = retries;
        problem = cause;
        if (!noted) notices.info(`note: ${cause.message}; showing only what \`qlara listen\` recorded`);
        noted = true;
      }
    try {
      return await work({ ...shared(), inbox: undefined });
    } catch (cause) {
      // The gateway may know a conversation that the ledger does not.
      const isUnknown = cause instanceof Failure && cause.code === 'chat.unknown';
      throw isUnknown && problem && problem.code !== 'inbox.none' ? problem : cause;
    }
  };
}

/**
 * Finds one conversation by its id, or all with a number, latest first.
 * @throws Failure `chat.unknown`
 */
export async function findChats(
  word: string,
  channel: ChannelName | undefined,
  sources: ConversationSources,
  context: Context,
): Promise<[Conversation, ...Conversation[]]> {
  const [, named = '', number = ''] = /^(?:(sms|rcs|whatsapp):)?(\+?[\d\s().-]{6,})$/.exec(word) ?? [];
  const withNumber =
    number === ''
      ? []
      : (
          await listConversations({ channel }, Number.POSITIVE_INFINITY, {
            ...sources,
            readStates: undefined,
          })
        ).filter((one) => one.phone === readInboundNumber(number) && (named === '' || one.channel === named));
  // The id of a conversation may be a number too.
  const isId = withNumber.length === 0 && (number === '' || /^\d+$/.test(word));
  const found = isId ? [await sources.inbox?.get(word)] : withNumber;
  const [first, ...others] = found.filter((one) => one !== undefined);
  if (first) return [first, ...others];
  return fail(
    'usage',
    'chat.unknown',
    `no conversation ${JSON.stringify(word)}`,
    `\`qlara inbox list${repeatFlags(context)}\` lists the conversations`,
  );
}

/** Adds to each conversation the time when its customer-service window closes. */
export async function withWindow(
  found: readonly Conversation[],
  { ledger, now }: Pick<ConversationSources, 'ledger' | 'now'>,
): Promise<ConversationRow[]> {
  const phones = found.filter(({ channel }) => channel === 'whatsapp').map(({ phone }) => phone);
  const last = await ledger.inbounds.lastByPhone(phones, 'whatsapp');
  return found.map((one): ConversationRow => {
    const wrote = last.get(one.phone);
    const left =
      one.channel === 'whatsapp' && wrote !== undefined ? remainingWindowMs(Math.min(wrote, now), now) : 0;
    return { ...one, windowUntil: left > 0 ? now + left : null };
  });
}
