/** Milliseconds since 1970, UTC. */
export type Instant = number;

/**
 * A reading of a machine's monotonic clock, in milliseconds. Comparable only with readings of the same `boot`. The wall
 * clock would not do: it may step by hours while a request is in flight.
 */
export interface MonotonicTime {
  boot: string;
  ms: number;
}

/** A time as written, by a gateway or a person. */
export interface WrittenTime {
  at: Instant;
  /** False if the text names no zone, so that one was assumed. */
  hasZone: boolean;
}

/**
 * Date and time in the forms of ISO 8601, extended or basic, down to a date alone; with a blank instead of the `T` and an
 * offset without a colon, as the vendor writes them; and with the name of the zone behind the offset, as Java does.
 */
const isoForm =
  /^(\d{4})(-?)(\d\d)\2(\d\d)(?:(?:[T ]|(?<=^\d{8}))(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|([+-])(\d\d):?(\d\d)?(?:\[[\w/+-]+\])?)?$/i;

/** Epoch seconds or milliseconds, from 2001 to 2286. */
const epochForm = /^@?([1-9]\d{9}(?:\.\d{1,9})?|[1-9]\d{12})$/;

/**
 * Reads a date and time, or an epoch in seconds or milliseconds; undefined for any other form, such as `05/06/2026`,
 * which has two meanings, and for a date or time that does not exist, such as 2026-02-31. Without a zone, `zone` counts:
 * UTC, or that of the machine, where a time that a clock change skips is moved forward by the change.
 */
export function readTime(text: string, zone: 'utc' | 'local'): WrittenTime | undefined {
  const epoch = epochForm.exec(text)?.[1];
  if (epoch !== undefined)
    return { at: Math.floor(Number(epoch) * (/^\d{13}$/.test(epoch) ? 1 : 1000)), hasZone: true };
  const found = isoForm.exec(text);
  if (found === null) return undefined;
  const [year = 0, , month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 8)
    .map((part) => Number(part ?? 0));
  const [fraction = '', zoneName, sign, offsetHours = '0', offsetMinutes = '0'] = found.slice(8);
  const ms = Number(`0.${fraction}`) * 1000;
  const utc = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  const date = new Date(utc);
  const exists =
    year >= 1900 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!exists || Number(offsetHours) > 14 || Number(offsetMinutes) > 59) return undefined;
  if (zoneName === undefined)
    return {
      at: zone === 'utc' ? utc : new Date(year, month - 1, day, hour, minute, second, ms).getTime(),
      hasZone: false,
    };
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return { at: sign === '-' ? utc + offset : utc - offset, hasZone: true };
}

/**
 * Reads a time of a gateway: in the forms of `readTime`, in UTC without a zone, or as a date of HTTP (RFC 9110, 5.6.7).
 * Undefined for any other text.
 */
export function readGatewayTime(text: string): Instant | undefined {
  const trimmed = text.trim();
  const time = readTime(trimmed, 'utc');
  if (time !== undefined || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(trimmed)) return time?.at;
  const hasZone = /(?:GMT|UTC|[+-]\d{2}:?\d{2})$/i.test(trimmed);
  const instant = Date.parse(hasZone ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(instant) ? undefined : instant;
}
