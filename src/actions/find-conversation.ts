import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { remainingWindowMs } from '../message/channels/window.ts';
import type { Conversation } from '../message/conversation.ts';
import { toPersonKey } from '../message/person.ts';
import { type Country, parsePhone } from '../message/phone.ts';
import { resemblesPhone } from '../message/phone-text.ts';
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
  const shared = () => ({ ledger, words: settings.consentWords, now: clock.now(), note: notices.info });
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

/** The conversation that a person names. */
export interface NamedChat {
  /** Its id, or the number of the other person. */
  word: string;
  channel: ChannelName | undefined;
  /** The country of a number without a country code. */
  country: Country | undefined;
}

/**
 * Finds one conversation by its id, or all with a number, latest first.
 * @throws Failure `chat.unknown`; `phone.*` if the word looks like a number and is none
 */
export async function findChats(
  { word, channel, country }: NamedChat,
  sources: ConversationSources,
  context: Context,
): Promise<[Conversation, ...Conversation[]]> {
  const [, named, rest = word] = /^(?:(sms|rcs|whatsapp):)?(.*)$/s.exec(word) ?? [];
  const typed = await parsePhone(rest, country ?? context.settings.country).catch((cause: unknown) => {
    if (cause instanceof Failure) return cause;
    throw cause;
  });
  const key = typed instanceof Failure ? rest : toPersonKey(typed);
  const list = async () =>
    (await listConversations({ channel }, Number.POSITIVE_INFINITY, sources)).filter(
      (one) => toPersonKey(one.phone) === key && (named === undefined || one.channel === named),
    );
  // A number that cannot be read may be an id, or a short code.
  const get = async () => (named === undefined ? [await sources.inbox?.get(word)] : []);
  for (const find of typed instanceof Failure ? [get, list] : [list, get]) {
    const [first, ...others] = (await find()).filter((one) => one !== undefined);
    if (first) return [first, ...others];
  }
  if (typed instanceof Failure && resemblesPhone(rest)) throw typed;
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
