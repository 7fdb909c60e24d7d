import { fail } from '../errors.ts';

/** Ids appear in URL paths and comma-separated lists, so they contain no characters with a meaning there. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** Parses a message id. @throws Failure `id.invalid` */
export function parseMessageId(text: string): string {
  if (idPattern.test(text)) return text;
  fail(
    'usage',
    'id.invalid',
    `invalid message id ${JSON.stringify(text)}`,
    'use up to 128 letters, digits, and . _ : - after the first character',
  );
}

/** Parses an id that the gateway assigned to something of the account, such as a number. @throws Failure `id.invalid` */
export function parseAccountId(text: string): string {
  const trimmed = text.trim();
  if (idPattern.test(trimmed)) return trimmed;
  fail(
    'usage',
    'id.invalid',
    `${JSON.stringify(trimmed)} is not an id of the gateway`,
    'use up to 128 letters, digits, and . _ : - after the first character',
  );
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Returns those of the two ids in a response that may be ours, the more likely one first. The gateway's own id counts
 * only if that is no coincidence: it is a UUID, or it is the only one and not just a number.
 */
export function selectOwnIds(named: string | null, assigned: string | null): string[] {
  const isOwn = assigned !== null && (uuid.test(assigned) || (named === null && !/^\d+$/.test(assigned)));
  return [...new Set([named, isOwn ? assigned : null])].filter((id) => id !== null);
}

/** Parses the number of an RCS agent. @throws Failure `agent.invalid` */
export function parseAgentId(text: string): number {
  const number = Number(text.trim());
  if (/^\d+$/.test(text.trim()) && number >= 1 && Number.isSafeInteger(number)) return number;
  fail(
    'usage',
    'agent.invalid',
    `${JSON.stringify(text.trim())} is not the number of an RCS agent`,
    'use a whole number',
  );
}

/** The longest label of a campaign, in characters (vendor: `guides/sms-universal`). */
const maxCampaignLength = 255;

/** Parses the label of a campaign. @throws Failure `campaign.invalid` */
export function parseCampaign(text: string): string {
  const trimmed = text.trim();
  const { length } = [...trimmed];
  if (length >= 1 && length <= maxCampaignLength && trimmed.isWellFormed()) return trimmed;
  fail(
    'usage',
    'campaign.invalid',
    length === 0 ? 'the label of a campaign is empty' : `the label of a campaign has ${length} characters`,
    `use 1 to ${maxCampaignLength} characters`,
  );
}

declare const brand: unique symbol;
/** A sender ID: 1 to 11 letters and digits, or 1 to 16 digits (the vendor's `sms-universal` page). */
export type Sender = string & { readonly [brand]: true };

/** Parses a sender ID. @throws Failure `sender.invalid` */
export function parseSender(text: string): Sender {
  const trimmed = text.trim();
  if (/^\+?\d{1,16}$/.test(trimmed) || /^[A-Za-z0-9]{1,11}$/.test(trimmed)) return trimmed as Sender;
  fail(
    'usage',
    'sender.invalid',
    `${JSON.stringify(trimmed)} is not a sender ID`,
    'use up to 11 letters and digits without spaces, or up to 16 digits',
  );
}
