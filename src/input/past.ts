import type { ValueType } from './flag.ts';
import type { TypedTime } from './typed-time.ts';

/** A time in the past: ISO 8601, an epoch, `today`, `yesterday`, or a duration before now. */
export function past(now: () => number): ValueType<TypedTime> {
  return {
    placeholder: 'TIME',
    read: async (given) => (await import('./typed-time.ts')).readPastTime(given, now()),
  };
}
