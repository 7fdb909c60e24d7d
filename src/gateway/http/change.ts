import { fail } from '../../errors.ts';
import type { HttpClient } from './client.ts';
import { asNetworkError, type HttpRequest, type HttpResponse, NetworkError } from './exchange.ts';
import {
  describeErrorResponse,
  describeStatus,
  fatalError,
  isHtml,
  mayBeDone,
  retryAfterMs,
} from './response.ts';
import { backoff, maxTotalWaitMs, type RetryPolicy, retry } from './retry.ts';

export type JsonBody = Readonly<Record<string, unknown>>;

/**
 * Sends a request that changes something; resolves to the response of success. Retries only while the change was
 * certainly not made: the gateway was not reached, or is too busy. `doubt` is the hint for a change that may have been
 * made.
 * @throws Failure `gateway.*`, `template.refused`, `template.in-doubt`, `template.unknown`
 */
export async function mutate(
  client: HttpClient,
  method: HttpRequest['method'],
  path: string,
  body: JsonBody | undefined,
  doubtHint: string,
): Promise<HttpResponse> {
  const policy: RetryPolicy<HttpResponse | NetworkError> = {
    delayMs: (response, count) => retryDelayMs(response, count, client.now()),
    totalMs: maxTotalWaitMs,
  };
  const send = () => client.request(method, path, body).catch(asNetworkError);
  return checkResponse(await retry(policy, send, client), method, doubtHint, client);
}

/** Returns the milliseconds to wait before a retry; undefined when the change may have been made. */
function retryDelayMs(response: HttpResponse | NetworkError, count: number, now: number): number | undefined {
  if (response instanceof NetworkError)
    return response.mayHaveArrived ? undefined : backoff(count, Math.random());
  return response.status === 429 ? retryAfterMs(response, now) : undefined;
}

function checkResponse(
  response: HttpResponse | NetworkError,
  method: HttpRequest['method'],
  doubtHint: string,
  { redactAndTruncate, assertOk }: HttpClient,
): HttpResponse {
  if (response instanceof NetworkError) {
    if (response.mayHaveArrived) failInDoubt(response.message, doubtHint);
    fail(
      'gateway',
      'gateway.unreachable',
      `cannot reach the gateway: ${response.message}`,
      'check the network connection and --base-url',
      response,
    );
  }
  const { status } = response;
  if (status >= 200 && status < 300) {
    if (isHtml(response)) failInDoubt('unreadable response', doubtHint);
    return response;
  }
  const reason = redactAndTruncate(describeErrorResponse(response));
  // A conflict means that another template has the name, so this one was not made.
  if (mayBeDone(status) && status !== 409)
    failInDoubt(redactAndTruncate(describeStatus(response)), doubtHint);
  if (status === 404 && method !== 'POST' && !isHtml(response))
    fail(
      'usage',
      'template.unknown',
      `the gateway has no such template: ${reason}`,
      'run `qlara templates list` to see the templates',
    );
  if (status === 429 || fatalError(response)) assertOk(response);
  return fail('failed', 'template.refused', `the gateway rejected the template: ${reason}`);
}

/** @throws Failure `template.in-doubt` */
export function failInDoubt(reason: string, hint: string): never {
  fail('doubt', 'template.in-doubt', `no clear response from the gateway: ${reason}`, hint);
}
