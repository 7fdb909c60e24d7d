import type { Context } from '../app/context.ts';
import type { TypedTime } from '../input/typed-time.ts';
import type { Instant } from '../message/time.ts';
import { formatMinute, formatZone } from '../output/units.ts';

/** Returns the instant of a time given with `--flag`. If the text names no time zone, notes the one that was assumed. */
export function noteZone(
  flag: string,
  time: TypedTime | undefined,
  { notices, io }: Pick<Context, 'notices' | 'io'>,
): Instant | undefined {
  if (time?.zoneless !== undefined)
    notices.info(
      `note: --${flag} ${time.zoneless} is ${formatMinute(time.at)} in the time zone of this machine, ${formatZone(time.at, io.env.TZ)}`,
    );
  return time?.at;
}
