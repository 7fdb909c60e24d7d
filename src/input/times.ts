import type { ValueType } from './flag.ts';
import type { PlannedTime, TypedTime } from './typed-time.ts';

/** A time in the past: ISO 8601, an epoch, `today`, `yesterday`, or a duration before now. */
export function past(now: () => number): ValueType<TypedTime> {
  return {
    placeholder: 'TIME',
    read: async (given) => (await import('./typed-time.ts')).readPastTime(given, now()),
  };
}

/** A time in the future: ISO 8601, or a duration after now such as `+2h`. */
export function future(now: () => number): ValueType<PlannedTime> {
  return {
    placeholder: 'TIME',
    read: async (given) => (await import('./typed-time.ts')).readFutureTime(given, now()),
    write: ({ text }) => text,
  };
}
