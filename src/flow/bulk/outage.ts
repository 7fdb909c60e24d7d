import { Failure } from '../../errors.ts';

/**
 * For so long a gateway may take nothing before sending stops, in milliseconds: less where it has not been reached at
 * all, since then the address is wrong more often than the gateway.
 */
const longest = { reached: 300_000, never: 10_000 };

/**
 * Why a gateway is not waited for any more that is to be left alone for `wait` milliseconds, and will have taken
 * nothing for `silence` milliseconds by then. Undefined while it is worth waiting.
 */
export function outage(wait: number, silence: number, reached: boolean, reason: string): Failure | undefined {
  const failure = (code: string, what: string) => new Failure('gateway', code, `${what}: ${reason}`);
  if (wait > longest.reached)
    return failure('gateway.limited', `the gateway asks to wait ${Math.ceil(wait / 60_000)} min`);
  if (reached && silence > longest.reached)
    return failure('gateway.outage', 'the gateway has taken nothing for minutes');
  if (!reached && silence > longest.never)
    return failure('gateway.unreachable', 'the gateway cannot be reached');
  return undefined;
}
