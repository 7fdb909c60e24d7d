import { fail } from '../errors.ts';
import { type Instant, readTime } from '../message/time.ts';
import { duration } from './value-types.ts';

/** A time that a person typed. */
export interface TypedTime {
  at: Instant;
  /** The text, if it names no zone, so that the machine's zone was assumed. */
  zoneless?: string;
}

/** A time for which something is planned. */
export interface PlannedTime extends TypedTime {
  /** The text as it was typed. */
  text: string;
}

/** The largest lead of another machine's clock, in milliseconds: its current time is no time in the future. */
const maxLeadMs = 60_000;

/**
 * Reads a time in the past: ISO 8601, an epoch, `today`, `yesterday`, or a duration before `now`.
 * @throws Failure `time.invalid`, `duration.invalid`
 */
export async function readPastTime(given: string, now: Instant): Promise<TypedTime> {
  const text = given.trim();
  const daysAgo = ['today', 'yesterday'].indexOf(text.toLowerCase());
  if (daysAgo >= 0) {
    const today = new Date(now);
    const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate() - daysAgo);
    return { at: midnight.getTime(), zoneless: text };
  }
  const time = readTime(text, 'local');
  if (time && time.at <= now + maxLeadMs)
    return time.hasZone ? { at: time.at } : { at: time.at, zoneless: text };
  if (/^\d+(\.\d+)?(ms|s|m|h|d)/.test(text)) return { at: now - (await duration.read(text)) };
  return fail(
    'usage',
    'time.invalid',
    `${JSON.stringify(given)} ${time ? future : explain(text)}`,
    'write it as 1h, 7d, yesterday, 2026-11-23 or 2026-11-23T09:00:00Z',
  );
}

/**
 * Reads a time in the future: ISO 8601, or a duration after `now`, with or without a plus sign.
 * @throws Failure `time.invalid`, `time.past`, `duration.invalid`
 */
export async function readFutureTime(given: string, now: Instant): Promise<PlannedTime> {
  const text = given.trim();
  const hint = 'write it as +2h, 2026-12-01T09:00:00+01:00 or 2026-12-01 09:00';
  const time = readTime(text, 'local');
  const isDuration = time === undefined && /^\+?\d+(\.\d+)?(ms|s|m|h|d)/.test(text);
  const at = isDuration ? now + (await duration.read(text.replace(/^\+/, ''))) : time?.at;
  if (at === undefined) {
    const isDay = /^(?:today|tomorrow|yesterday)$/i.test(text);
    const problem = isDay ? 'does not say the time of day' : explain(text);
    return fail('usage', 'time.invalid', `${JSON.stringify(given)} ${problem}`, hint);
  }
  if (at <= now) return fail('usage', 'time.past', `${JSON.stringify(given)} is not in the future`, hint);
  if (at > latestInstant)
    return fail('usage', 'time.invalid', `${JSON.stringify(given)} is too far in the future`, hint);
  return { at: Math.round(at), text, ...(time && !time.hasZone && { zoneless: text }) };
}

/** The last time that has a year of four digits. */
const latestInstant = Date.UTC(9999, 11, 31);

const future = 'is not a time in the past';

/** Says why a text is no time, as the end of a sentence about it. */
function explain(text: string): string {
  if (text.toLowerCase() === 'tomorrow') return future;
  if (/^\d{4}(-?)\d\d\1\d\d(?:[T ]\d\d:\d\d[\d:.]*)?(?:Z|[+-]\d\d:\d\d)?$/i.test(text))
    return 'does not exist';
  if (isAmbiguous(text)) return 'may be one of several dates';
  return /(?<!\d)\d{4}(?!\d)/.test(text)
    ? 'is not in the form of ISO 8601'
    : 'is neither a time nor a duration';
}

/** Reports whether a text begins with a date in which the month may be one number or another: `05/06/2026`. */
function isAmbiguous(text: string): boolean {
  const [, first = '', second = '', third = ''] =
    /^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?!\d)/.exec(text) ?? [];
  if (first === '' || /^\d{4}-/.test(text)) return false;
  const others = [first, second, third].filter((part) => part.length < 3);
  // Without a year of four digits any of them may be the year.
  if (others.length === 3) return true;
  const [one, other] = others.map(Number);
  return one !== other && others.every((part) => Number(part) <= 12);
}
