import type { Instant } from '../../message/time.ts';
import type { SendOutcome } from '../gateway.ts';
import type { HttpResponse } from '../http/exchange.ts';
import { describeErrorResponse, outcomeOfErrorResponse } from '../http/response.ts';

/** Fields of requests that hold content of a message, in either generation. */
export const contentFields: ReadonlySet<string> = new Set([
  'message',
  'text',
  'body',
  'variables',
  'placeholders',
]);

/**
 * Reads an error of a send. `findHint` returns a hint for the reason of a malformed request, where it is in the words of
 * another generation. No page has a list of errors; HTTP 402 is that of the wholesale guide (`agile/guides/error-handling`).
 */
export async function readError(
  response: HttpResponse,
  now: Instant,
  findHint: (reason: string) => Promise<string | undefined>,
): Promise<SendOutcome> {
  const { status } = response;
  const reason = describeErrorResponse(response);
  if (status === 400 || status === 422)
    return { kind: 'refused', reason, isMalformed: true, hint: await findHint(reason) };
  if (status === 402)
    return {
      kind: 'fatal',
      code: 'gateway.no-credit',
      reason: `the account has not enough credit (${reason})`,
      hint: 'top it up, then run the command again; `qlara credit` shows the balance',
    };
  return outcomeOfErrorResponse(response, now);
}
