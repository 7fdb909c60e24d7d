import type { Context } from '../app/context.ts';
import type { Bulk } from '../message/bulk.ts';
import { fixedRate, type Limit, vendorLimits } from '../message/rate-limit.ts';

/**
 * How fast a bulk goes: as its sender said, else as the gateway allows the account, so many requests a minute; null for as fast as it can, which only the sandbox allows unasked.
 */
export function rateLimits(
  { rate }: Pick<Bulk, 'rate'>,
  { settings }: Context,
  perMinute?: number,
): readonly Limit[] | null {
  const said = rate ?? settings.rate;
  if (said !== undefined && said !== null) return fixedRate(said);
  return settings.sandbox ? null : vendorLimits(perMinute);
}
