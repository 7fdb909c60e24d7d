import type { Context } from '../app/context.ts';
import { Failure, fail } from '../errors.ts';
import type { WhatsappNumber } from '../gateway/numbers.ts';
import type { RowFields } from '../input/rows/columns.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { MessageInput } from '../message/compose.ts';

/**
 * Returns the id of the account's WhatsApp number, for a message that names none: that of its only active number, with a
 * note; undefined if it has none, or if the gateway cannot be asked.
 * @throws Failure `phone-number.missing` if there are several; of kind `setup`, as the gateway's calls do
 */
export async function findPhoneNumberId(context: Context): Promise<string | undefined> {
  const active = await listActive(context);
  const [only, ...others] = active;
  if (only === undefined) return undefined;
  if (others.length > 0)
    fail(
      'usage',
      'phone-number.missing',
      `WhatsApp needs the number to send from; the account has ${active.length}: ${active.map(describeNumber).join(', ')}`,
      `add --phone-number-id ID, or \`qlara profile set phoneNumberId ID\``,
    );
  context.notices.info(
    `note: sending from ${describeNumber(only)}, the only active WhatsApp number of the account`,
  );
  return only.id;
}

/**
 * Returns the message of a file's rows with the account's WhatsApp number, if it is sent on WhatsApp and neither flag, profile
 * nor column names one.
 * @throws Failure as `findPhoneNumberId`
 */
export async function addPhoneNumberId<T extends Pick<MessageInput, 'phoneNumberId'>>(
  input: T,
  channel: ChannelName | undefined,
  { phoneNumberId: column }: RowFields,
  context: Context,
): Promise<T> {
  const { carries } = await context.messageRules();
  if (input.phoneNumberId != null || !carries.has('phoneNumberId') || channel !== 'whatsapp') return input;
  // Where a column names the numbers, only its empty cells need another one.
  const active = column === undefined ? undefined : await listActive(context);
  const phoneNumberId =
    active === undefined ? await findPhoneNumberId(context) : active.length === 1 ? active[0]?.id : undefined;
  return phoneNumberId === undefined ? input : { ...input, phoneNumberId };
}

/** Describes a number by its id: `5 (Acme, +393901239900)`. */
export function describeNumber({ id, displayName, phone }: WhatsappNumber): string {
  const details = [displayName, phone].filter((one) => one !== null && one !== '');
  return details.length === 0 ? id : `${id} (${details.join(', ')})`;
}

/** Lists the numbers that can send; none if the gateway cannot list them. */
export async function listActive(context: Context): Promise<WhatsappNumber[]> {
  try {
    return (await context.numbers()).filter(({ status }) => status === null || /^active$/i.test(status));
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
    context.notices.info(`note: cannot list the WhatsApp numbers: ${cause.message}`);
    return [];
  }
}
