import type { SettingName } from '../config/profiles.ts';
import { Failure, fail } from '../errors.ts';
import { dialectNames } from '../gateway/dialects.ts';
import type { ValueType } from '../input/flag.ts';
import { atMost, choice, duration, httpUrl, rate, read, wholeNumber } from '../input/value-types.ts';
import { parseAccountId, parseSender } from '../message/id.ts';
import { parseConsentKeywords } from '../message/opt-out.ts';
import { parseCountry } from '../message/phone.ts';
import { formats } from '../output/formats/format.ts';
import { ledgerUrlWithoutPassword } from './ledger-url.ts';

const number = wholeNumber('N', 1, Number.MAX_SAFE_INTEGER);
const accountId = read('ID', parseAccountId);
const words = read('WORD[,WORD]', parseConsentKeywords);

/** Reads a duration of at most an hour, and tells that range. @throws Failure `duration.invalid`, `number.too-large` */
async function readLedgerWait(given: string): Promise<number> {
  try {
    return await atMost(duration, 3_600_000, '1h').read(given);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    fail('usage', cause.code, cause.message, 'use a time from 0s to 1h, as 30s or 5m');
  }
}

/** Value type and description of each profile setting; the type is that of the equivalent flag or variable. */
export const settingTypes = {
  baseUrl: { ...httpUrl, summary: 'base URL of the gateway' },
  dialect: { ...choice('DIALECT', 'dialect', dialectNames), summary: 'dialect of the gateway’s API' },
  output: { ...choice('FORMAT', 'format', formats), summary: 'output format' },
  from: { ...read('SENDER', parseSender), summary: 'default sender ID' },
  country: { ...read('CC', parseCountry), summary: 'country of numbers without a country code' },
  rate: { ...rate, summary: 'maximum messages per second' },
  grace: { ...duration, summary: 'how late the gateway may list a message it accepted' },
  agentId: { ...number, summary: 'RCS agent' },
  phoneNumberId: { ...accountId, summary: 'WhatsApp number to send from' },
  rcsTemplate: { ...accountId, summary: 'RCS template of a fallback chain' },
  stopWords: { ...words, summary: 'words that opt people out, instead of the built-in ones' },
  startWords: { ...words, summary: 'words that opt people in again, instead of the built-in ones' },
  ledger: { ...ledgerUrlWithoutPassword, summary: 'PostgreSQL database of the ledger, instead of a file' },
  ledgerWait: {
    ...duration,
    read: readLedgerWait,
    summary: 'how long to wait for the database of the ledger when it is gone',
  },
} satisfies Record<SettingName, ValueType<unknown> & { summary: string }>;
