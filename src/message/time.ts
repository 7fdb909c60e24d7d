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
  const epoch = Number(epochForm.exec(text)?.[1]);
  if (epoch > 0) return { at: Math.floor(epoch < 1e11 ? epoch * 1000 : epoch), hasZone: true };
  const found = isoForm.exec(text);
  if (found === null) return undefined;
  const [, year, , month, day, hour = '00', minute = '00', second = '00', fraction = ''] = found;
  const [zoneName, sign, offsetHours, offsetMinutes = '00'] = found.slice(9);
  const clock = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const utc = new Date(`${clock}Z`);
  // `Date` moves the 31st of any month, and 24:00, to the next day; `toISOString` throws for an invalid date.
  const exists = !Number.isNaN(utc.getTime()) && utc.toISOString() === `${clock}Z`;
  const suffix = sign === undefined ? 'Z' : `${sign}${offsetHours}:${offsetMinutes}`;
  const hasZone = zoneName !== undefined;
  // Without a suffix, `Date.parse` takes the zone of the machine.
  const at = Date.parse(hasZone || zone === 'utc' ? clock + suffix : clock);
  return !exists || Number(year) < 1900 || Number.isNaN(at) ? undefined : { at, hasZone };
}

/**
 * Reads a time of a gateway: in the forms of `readTime`, in UTC without a zone, or as a date of HTTP (RFC 9110, 5.6.7).
 * Undefined for any other text.
 */
export function readGatewayTime(text: string): Instant | undefined {
  const trimmed = text.trim();
  const time = readTime(trimmed, 'utc');
  if (time !== undefined || !/^[MTWFS][a-z]{2,8},? /.test(trimmed)) return time?.at;
  const hasZone = /(?:GMT|UTC|[+-]\d{2}:?\d{2})$/i.test(trimmed);
  const instant = Date.parse(hasZone ? trimmed : `${trimmed} GMT`);
  return Number.isNaN(instant) ? undefined : instant;
}
