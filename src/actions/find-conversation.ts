import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { remainingWindowMs } from '../message/channels/window.ts';
import type { Conversation } from '../message/conversation.ts';
import { readInboundNumber } from '../message/webhook.ts';
import { type ConversationSources, listConversations } from '../services/conversations.ts';
import type { ConversationRow } from '../views/conversation.ts';

/** Does something with what the gateway and the ledger know of conversations. */
export type Use = <T>(work: (conversationSources: ConversationSources) => Promise<T>) => Promise<T>;

/**
 * Where the gateway keeps no inbox or cannot be asked, the ledger alone is used, and that is said once. `stubborn`: it
 * is asked again the next time.
 */
export async function sources(refresh: boolean, stubborn: boolean, context: Context): Promise<Use> {
  const { clock, settings, notices } = context;
  const ledger = await context.ledger();
  const shared = () => ({ ledger, words: settings.consentWords, now: clock.now() });
  let asks = refresh;
  let noted = false;
  return async (work) => {
    let trouble: Failure | undefined;
    if (asks)
      try {
        return await work({ ...shared(), inbox: await context.inbox() });
      } catch (cause) {
        const isMissing =
          cause instanceof Failure && (cause.kind === 'gateway' || cause.code === 'credentials.missing');
        if (!isMissing) throw cause;
        asks = stubborn;
        trouble = cause;
        if (!noted) notices.info(`note: ${cause.message}; showing only what \`qlara listen\` recorded`);
        noted = true;
      }
    try {
      return await work({ ...shared(), inbox: undefined });
    } catch (cause) {
      // What is not known here the gateway may know.
      const isUnknown = cause instanceof Failure && cause.code === 'chat.unknown';
      throw isUnknown && trouble && trouble.code !== 'inbox.none' ? trouble : cause;
    }
  };
}

/**
 * The conversations that a word names: one by its id, or those with a number, the latest first.
 * @throws Failure `chat.unknown`
 */
export async function findChats(
  word: string,
  channel: ChannelName | undefined,
  sources: ConversationSources,
  context: Context,
): Promise<[Conversation, ...Conversation[]]> {
  const [, named = '', number = ''] = /^(?:(sms|rcs|whatsapp):)?(\+?[\d\s().-]{6,})$/.exec(word) ?? [];
  const found =
    number === ''
      ? [await sources.inbox?.get(word)]
      : (await listConversations({ channel }, Number.POSITIVE_INFINITY, sources)).filter(
          (one) => one.phone === readInboundNumber(number) && (named === '' || one.channel === named),
        );
  const [first, ...others] = found.filter((one) => one !== undefined);
  if (first) return [first, ...others];
  return fail(
    'usage',
    'chat.unknown',
    `no conversation ${JSON.stringify(word)}`,
    `\`qlara inbox list${repeatFlags(context)}\` lists the conversations`,
  );
}

/** The conversations with their windows. */
export async function withWindow(
  found: readonly Conversation[],
  { ledger, now }: Pick<ConversationSources, 'ledger' | 'now'>,
): Promise<ConversationRow[]> {
  const phones = found.filter(({ channel }) => channel === 'whatsapp').map(({ phone }) => phone);
  const last = await ledger.inbounds.lastByPhone(phones, 'whatsapp');
  return found.map((one): ConversationRow => {
    // What nobody has read yet is theirs, and it is the last.
    const unread = (one.unread ?? 0) > 0 ? (one.at ?? undefined) : undefined;
    const wrote = Math.max(last.get(one.phone) ?? 0, unread ?? 0);
    const left = one.channel === 'whatsapp' && wrote > 0 ? remainingWindowMs(Math.min(wrote, now), now) : 0;
    return { ...one, windowUntil: left > 0 ? now + left : null };
  });
}
