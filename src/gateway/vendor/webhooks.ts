import { Failure, fail } from '../../errors.ts';
import type { HttpClient } from '../http/client.ts';
import { asNetworkError, type HttpRequest, type HttpResponse, NetworkError } from '../http/exchange.ts';
import { asList, asObject, firstText, tryParseJson } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeErrorResponse, mayBeDone, retryAfterMs } from '../http/response.ts';
import { backoff, maxRetries, maxTotalWaitMs } from '../http/retry.ts';
import type { Webhooks } from '../webhooks.ts';

/** Forms of registering: the older generation's, which replaces any other, and the newer one's, which fails. */
export type RegistrationForm = 'partner' | 'platform';

/**
 * Only the newer endpoint is documented to read, replace and remove (vendor: `guides/webhooks`, `api/webhooks`). The
 * older one is read too, where it answers.
 */
export const webhookPaths = {
  partner: '/webhooks/delivery-status',
  platform: '/partner-gateway/v1/webhooks/delivery-status',
} as const satisfies Record<RegistrationForm, string>;

/** The report of a path: a URL; none, in words or by its status alone; or nothing that can be read. */
type Found = { url: string } | 'stated' | 'implied' | undefined;

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** Creates the webhook calls; `form` is that of the registration. */
export function createWebhooks(client: HttpClient, form: RegistrationForm): Webhooks {
  /**
   * Sends a request, and retries until the response is clear, since setting or removing a URL twice changes nothing
   * more. `mayBeChanged`: an earlier try may have made the change, and the response describes the state after it.
   */
  async function requestUntilClear(
    method: HttpRequest['method'],
    path: string,
    body?: object,
  ): Promise<{ response: HttpResponse; mayBeChanged: boolean }> {
    const deadline = client.now() + maxTotalWaitMs;
    let mayBeChanged = false;
    for (let retry = 0; ; retry++) {
      const response = await client.request(method, path, body).catch(asNetworkError);
      const isTransient =
        response instanceof NetworkError || response.status === 429 || response.status >= 500;
      const isRateLimited = !(response instanceof NetworkError) && response.status === 429;
      const waitMs = isRateLimited ? retryAfterMs(response, client.now()) : backoff(retry, Math.random());
      const isInTime = client.now() + waitMs <= deadline;
      const shouldRetry = isTransient && retry < maxRetries && isInTime && (await sleepOrStop(waitMs));
      if (shouldRetry) {
        mayBeChanged ||=
          response instanceof NetworkError ? response.mayHaveArrived : mayBeDone(response.status);
        continue;
      }
      if (response instanceof NetworkError)
        fail(
          'gateway',
          'gateway.unreachable',
          `cannot reach the gateway: ${response.message}`,
          'check the network connection and --base-url',
          response,
        );
      else return { response, mayBeChanged };
    }
  }

  /** Sleeps; resolves to false when the program is being stopped, so that the last response counts. */
  function sleepOrStop(milliseconds: number): Promise<boolean> {
    return client.sleep(milliseconds).then(
      () => true,
      () => false,
    );
  }

  /** Accepts a response of success; returns true. A rejected URL is not a failure of the gateway. */
  function assertAccepted(response: HttpResponse): true {
    if (response.status === 400 || response.status === 422)
      fail(
        'failed',
        'webhook.refused',
        `the gateway rejected the URL: ${client.redactAndTruncate(describeErrorResponse(response))}`,
      );
    client.assertOk(response);
    return true;
  }

  /** Reads the registration that a path reports. */
  async function read(path: string): Promise<Found> {
    const response = await client.get(path, timeoutMs);
    if (response.status === 404) return findNoRegistration(response);
    if (response.status === 405) return undefined;
    client.assertOk(response);
    const url = findUrl(redact(tryParseJson(response.text), client.maskValue));
    return url === undefined ? undefined : { url };
  }

  async function get(beforeSet = false): Promise<string | null | undefined> {
    const newer = await read(webhookPaths.platform);
    if (typeof newer === 'object') return newer.url;
    const older = await read(webhookPaths.partner).catch((cause: unknown) => {
      if (cause instanceof Failure) return undefined;
      throw cause;
    });
    if (typeof older === 'object') return older.url;
    // A 404 without words may also come from a gateway without the newer endpoint.
    const isEmpty =
      newer === 'stated' ||
      (newer === 'implied' && (form === 'platform' || !beforeSet || older !== undefined));
    return isEmpty ? null : undefined;
  }

  return {
    get,
    async set(url, replaces) {
      // After an unclear try, the webhook that is in the way may be the one that it set.
      const isTaken = async (mayBeOurs: boolean) => !replaces && !(mayBeOurs && (await get(true)) === url);
      if (form === 'partner') {
        const { response, mayBeChanged } = await requestUntilClear('POST', webhookPaths.partner, {
          url,
          method: 'POST',
        });
        if (response.status === 409 && (await isTaken(mayBeChanged))) return false;
        if (!hasNoSuchEndpoint(response) && response.status !== 409) return assertAccepted(response);
      }
      const body = { callbackUrl: url };
      const { response, mayBeChanged } = await requestUntilClear('POST', webhookPaths.platform, body);
      if (response.status !== 409) return assertAccepted(response);
      if (await isTaken(mayBeChanged)) return false;
      return assertAccepted((await requestUntilClear('PUT', webhookPaths.platform, body)).response);
    },
    async remove() {
      const { response, mayBeChanged } = await requestUntilClear('DELETE', webhookPaths.platform);
      // Only the newer generation can remove a webhook; where the call does not exist, it stays.
      const isGone = response.status === 404 && findNoRegistration(response) !== undefined;
      if (hasNoSuchEndpoint(response) && !isGone)
        fail(
          'gateway',
          'webhook.unremovable',
          'this gateway has no call that removes a webhook, so it keeps its own',
          'another URL replaces it: `qlara webhook set URL --yes`',
        );
      if (isGone) return mayBeChanged;
      client.assertOk(response);
      return true;
    },
  };
}

/** Reports whether the endpoint does not exist, so that the gateway is of the other generation. */
function hasNoSuchEndpoint({ status }: HttpResponse): boolean {
  return status === 404 || status === 405;
}

/**
 * Returns whether a 404 says that no webhook is registered (vendor: `api/get-delivery-status-webhook`), and not that
 * the gateway has no such endpoint: an older one has a webhook all the same, and cannot report it.
 */
export function findNoRegistration(response: HttpResponse): 'stated' | 'implied' | undefined {
  if (response.text.trim() === '') return 'implied';
  const body = asObject(tryParseJson(response.text));
  if (body === undefined) return undefined;
  const described = describeErrorResponse(response);
  if (unknownPath.test(described)) return undefined;
  if (/webhook|call-?back|configured/i.test(described)) return 'stated';
  // The default error of a server names the path, and nothing else.
  return body.path === undefined ? 'implied' : undefined;
}

/** Usual words for a path that a server does not know. */
const unknownPath =
  /\bno (?:such )?(?:path|route|endpoint|handler|mapping|(?:static )?resource)\b|\bcannot (?:get|find)\b|\b(?:path|route|endpoint|page) (?:was )?not found\b|\bGET \//i;

/** Returns the URL in a response, also in an envelope or as the only one of a list; undefined if there is none. */
export function findUrl(json: unknown): string | undefined {
  const list = asList(json);
  if (list) return list.length === 1 ? findUrl(list[0]) : undefined;
  const body = asObject(json);
  if (body === undefined) return undefined;
  return firstText(body, 'callbackUrl', 'url') ?? findUrl(body.data ?? body.webhook);
}
