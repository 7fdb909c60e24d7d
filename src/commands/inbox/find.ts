import { Failure, fail } from '../../errors.ts';
import { conversations, type Sources } from '../../flow/conversations.ts';
import { isChannelName } from '../../message/channel.ts';
import type { Conversation } from '../../message/conversation.ts';
import { numberFrom } from '../../message/inbound.ts';
import { windowLeft } from '../../message/window.ts';
import type { Context } from '../context.ts';
import { contextFlags } from '../context-flags.ts';
import type { Chat } from './columns.ts';

/** What conversations are made of; where the gateway cannot be asked or has no inbox, the ledger alone. */
export async function sourcesOf(refresh: boolean, context: Context): Promise<Sources> {
  const { clock, settings } = context;
  const ledger = await context.ledger();
  const shared = { ledger, words: settings.consentWords, now: clock.now() };
  if (!refresh) return { ...shared, inbox: undefined };
  return { ...shared, inbox: await context.inbox() };
}

/**
 * Does something with what the gateway and the ledger know; where the gateway keeps no inbox or cannot be asked, with
 * what the ledger knows.
 */
export async function withSources<T>(
  refresh: boolean,
  context: Context,
  work: (sources: Sources) => Promise<T>,
): Promise<T> {
  try {
    return await work(await sourcesOf(refresh, context));
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.code !== 'credentials.missing'))
      throw cause;
    context.talk.note(`note: ${cause.message}; only what a listener has heard is shown`);
    return work(await sourcesOf(false, context));
  }
}

/** The conversation of an id, or the latest with a number. @throws Failure `chat.unknown` */
export async function chatOf(
  word: string,
  { inbox, ledger }: Pick<Sources, 'inbox' | 'ledger'>,
  context: Context,
): Promise<Conversation> {
  const [, channel = '', number = ''] = /^(?:([a-z]+):)?(\+?[\d\s().-]{6,})$/.exec(word) ?? [];
  if (number === '') {
    const found = await inbox?.get(word);
    return found ?? unknown(word, context);
  }
  const phone = numberFrom(number);
  const filter = { channel: isChannelName(channel) ? channel : undefined };
  // The newest of all, since a number is looked for among them.
  const all = await conversations(filter, Number.POSITIVE_INFINITY, { inbox, ledger });
  return all.find((one) => one.phone === phone) ?? unknown(word, context);
}

function unknown(word: string, context: Context): never {
  fail(
    'usage',
    'chat.unknown',
    `there is no conversation ${JSON.stringify(word)}`,
    `\`qlara inbox list${contextFlags(context)}\` shows them; one begins when somebody writes`,
  );
}

/** The conversations with their windows. */
export async function windowed(
  found: readonly Conversation[],
  { ledger, now }: Pick<Sources, 'ledger' | 'now'>,
): Promise<Chat[]> {
  return Promise.all(
    found.map(async (one): Promise<Chat> => {
      const last =
        one.channel === 'whatsapp' ? await ledger.inbounds.last(one.phone, one.channel) : undefined;
      const left = windowLeft(last, now);
      return { ...one, windowUntil: left > 0 ? now + left : null };
    }),
  );
}
