import type { SettingName } from '../config/profiles.ts';
import { dialectNames } from '../gateway/dialects.ts';
import type { ValueType } from '../input/flag.ts';
import { choice, duration, httpUrl, rate, read, wholeNumber } from '../input/value-types.ts';
import { parseSender } from '../message/id.ts';
import { parseConsentKeywords } from '../message/opt-out.ts';
import { parseCountry } from '../message/phone.ts';
import { formats } from '../output/formats/format.ts';

const number = wholeNumber('N', 1, Number.MAX_SAFE_INTEGER);
const words = read('WORD[,WORD]', parseConsentKeywords);

/** How each setting of a profile is read, as the flag or the variable that stands for the same is, and what it is. */
export const settingTypes = {
  baseUrl: { ...httpUrl, summary: 'address of the gateway' },
  dialect: { ...choice('DIALECT', 'dialect', dialectNames), summary: 'generation of its HTTP bodies' },
  output: { ...choice('FORMAT', 'format', formats), summary: 'form of what is printed' },
  from: { ...read('SENDER', parseSender), summary: 'sender ID' },
  country: { ...read('CC', parseCountry), summary: 'country of numbers without a country code' },
  rate: { ...rate, summary: 'messages in a second, at most' },
  grace: { ...duration, summary: 'how late the gateway may show a message it took' },
  agentId: { ...number, summary: 'RCS agent' },
  phoneNumberId: { ...number, summary: 'WhatsApp number to send from' },
  stopWords: { ...words, summary: 'words by which people opt out, instead of the usual ones' },
  startWords: { ...words, summary: 'words by which people opt in again, instead of the usual ones' },
} satisfies Record<SettingName, ValueType<unknown> & { summary: string }>;
