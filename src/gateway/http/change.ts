import { fail } from '../../errors.ts';
import type { HttpClient } from './client.ts';
import { asNetworkError, type HttpRequest, type HttpResponse, NetworkError } from './exchange.ts';
import { describeErrorResponse, fatalError, isHtml, mayBeDone, retryAfterMs } from './response.ts';
import { backoff, maxRetries, maxTotalWaitMs } from './retry.ts';

export type JsonBody = Readonly<Record<string, unknown>>;

/**
 * Has the gateway change something, and resolves to its answer of success. Repeated only while the change surely was
 * not made: the gateway was not reached, or is too busy. `doubt` says how to find out when nobody knows.
 * @throws Failure `gateway.*`, `template.refused`, `template.in-doubt`, `template.unknown`
 */
export async function mutate(
  client: HttpClient,
  method: HttpRequest['method'],
  path: string,
  body: JsonBody | undefined,
  doubt: string,
): Promise<HttpResponse> {
  const until = client.now() + maxTotalWaitMs;
  for (let retry = 0; ; retry++) {
    const answer = await client.request(method, path, body).catch(asNetworkError);
    const wait = waitBefore(answer, retry, client.now());
    if (wait === undefined || retry === maxRetries || client.now() + wait > until)
      return settled(answer, method, doubt, client);
    await client.sleep(wait);
  }
}

/** How long to wait before it may be asked again; undefined when it may have been heard. */
function waitBefore(answer: HttpResponse | NetworkError, retry: number, now: number): number | undefined {
  if (answer instanceof NetworkError)
    return answer.mayHaveArrived ? undefined : backoff(retry, Math.random());
  return answer.status === 429 ? retryAfterMs(answer, now) : undefined;
}

function settled(
  answer: HttpResponse | NetworkError,
  method: HttpRequest['method'],
  doubt: string,
  { redactAndTruncate, assertOk }: HttpClient,
): HttpResponse {
  if (answer instanceof NetworkError) {
    if (answer.mayHaveArrived) inDoubt(answer.message, doubt);
    fail(
      'gateway',
      'gateway.unreachable',
      `the gateway cannot be reached: ${answer.message}`,
      'check the network and --base-url',
      answer,
    );
  }
  const { status } = answer;
  if (status >= 200 && status < 300) {
    if (isHtml(answer)) inDoubt('an answer that cannot be read', doubt);
    return answer;
  }
  const reason = redactAndTruncate(describeErrorResponse(answer));
  // A conflict is about the name of a template: it was not made, since another has it.
  if (mayBeDone(status) && status !== 409) inDoubt(`HTTP ${status}: ${reason}`, doubt);
  if (status === 404 && method !== 'POST' && !isHtml(answer))
    fail(
      'usage',
      'template.unknown',
      `the gateway has no such template: ${reason}`,
      '`qlara templates list` shows those it has',
    );
  if (status === 429 || fatalError(answer)) assertOk(answer);
  return fail('failed', 'template.refused', `the gateway refuses the template: ${reason}`);
}

export function inDoubt(reason: string, hint: string): never {
  fail('doubt', 'template.in-doubt', `no clear answer from the gateway: ${reason}`, hint);
}
