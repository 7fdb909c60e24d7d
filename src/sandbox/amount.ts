import { fail } from '../errors.ts';

/** Reads an amount in EUR, below a billion and with at most two decimals. @throws Failure `amount.invalid` */
export function parseAmount(given: string): number {
  if (/^\d{1,9}(?:\.\d{1,2})?$/.test(given.trim())) return Number(given);
  return fail(
    'usage',
    'amount.invalid',
    `${JSON.stringify(given)} is not an amount`,
    'write it as 20 or 0.50',
  );
}
