import type { Context } from '../app/context.ts';
import type { Bulk } from '../message/bulk.ts';
import { fixedRate, type Limit, vendorLimits } from '../message/rate-limit.ts';

/**
 * Returns the rate limits of a bulk: its own rate, else that of the profile, else the vendor's, where `perMinute` is the
 * limit that the gateway reported for the account. Null means no limit, the default in the sandbox.
 */
export function rateLimits(
  { rate }: Pick<Bulk, 'rate'>,
  { settings }: Context,
  perMinute?: number,
): readonly Limit[] | null {
  const perSecond = rate ?? settings.rate;
  if (perSecond !== undefined && perSecond !== null) return fixedRate(perSecond);
  return settings.sandbox ? null : vendorLimits(perMinute);
}
