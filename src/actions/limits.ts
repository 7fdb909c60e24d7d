import type { Context } from '../app/context.ts';
import type { Bulk } from '../message/bulk.ts';
import { fixedRate, type Limit, vendorLimits } from '../message/rate-limit.ts';

/**
 * Returns the rate limits of a bulk: those of `--rate` or the profile, else those of the account, `perMinute` requests a
 * minute; null for no limit, which is the default in the sandbox only.
 */
export function rateLimits(
  { rate }: Pick<Bulk, 'rate'>,
  { settings }: Context,
  perMinute?: number,
): readonly Limit[] | null {
  const wanted = rate ?? settings.rate;
  if (wanted !== undefined && wanted !== null) return fixedRate(wanted);
  return settings.sandbox ? null : vendorLimits(perMinute);
}
