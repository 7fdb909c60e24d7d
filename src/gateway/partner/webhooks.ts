import { fail } from '../../errors.ts';
import type { RegistrationForm } from '../../message/webhook.ts';
import type { HttpClient } from '../http/client.ts';
import { asNetworkError, type HttpRequest, type HttpResponse, NetworkError } from '../http/exchange.ts';
import { asObject, firstText, parsed } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeErrorResponse, isHtml, mayBeDone, retryAfterMs } from '../http/response.ts';
import { backoff, maxRetries, maxTotalWaitMs } from '../http/retry.ts';

/** Where the gateway tells what happens: one address for an account, whoever set it. */
export interface Webhooks {
  /** Null: none; undefined: the gateway does not say. */
  get(): Promise<string | null | undefined>;
  /** Puts this address in the place of any other. */
  set(url: string, form: RegistrationForm): Promise<void>;
  /** Whether one was there. */
  remove(): Promise<boolean>;
}

/** Only the newer one is documented to tell, change and remove (vendor: `guides/webhooks`, `api/webhooks`). */
const paths = {
  partner: '/webhooks/delivery-status',
  platform: '/partner-gateway/v1/webhooks/delivery-status',
} as const satisfies Record<RegistrationForm, string>;

/** How long a question may take with all its repetitions, in milliseconds. */
const patience = 15_000;

/** All of it throws Failure `gateway.*`; `set` also `webhook.refused`. */
export function httpWebhooks(client: HttpClient): Webhooks {
  /**
   * To set or remove an address twice changes nothing more, so it is repeated until the answer is clear. `unsure`: an
   * earlier try may have made the change, so that the answer is about what that left.
   */
  async function ask(
    method: HttpRequest['method'],
    path: string,
    body?: object,
  ): Promise<{ answer: HttpResponse; unsure: boolean }> {
    const until = client.now() + maxTotalWaitMs;
    let unsure = false;
    for (let retry = 0; ; retry++) {
      const answer = await client.request(method, path, body).catch(asNetworkError);
      const unclear = answer instanceof NetworkError || answer.status === 429 || answer.status >= 500;
      const limited = !(answer instanceof NetworkError) && answer.status === 429;
      const wait = limited ? retryAfterMs(answer, client.now()) : backoff(retry, Math.random());
      const isInTime = client.now() + wait <= until;
      const goesOn = unclear && retry < maxRetries && isInTime && (await isSlept(wait));
      if (goesOn) {
        unsure ||= answer instanceof NetworkError ? answer.mayHaveArrived : mayBeDone(answer.status);
        continue;
      }
      if (answer instanceof NetworkError)
        fail(
          'gateway',
          'gateway.unreachable',
          `the gateway cannot be reached: ${answer.message}`,
          'check the network and --base-url',
          answer,
        );
      else return { answer, unsure };
    }
  }

  /** Whether there was time for it: where the program is being stopped, what is known then counts. */
  function isSlept(milliseconds: number): Promise<boolean> {
    return client.sleep(milliseconds).then(
      () => true,
      () => false,
    );
  }

  /** That the address is not to the gateway's liking is no fault of the gateway. */
  function insist(answer: HttpResponse): void {
    if (answer.status === 400 || answer.status === 422)
      fail(
        'failed',
        'webhook.refused',
        `the gateway refuses the address: ${client.redactAndTruncate(describeErrorResponse(answer))}`,
      );
    client.assertOk(answer);
  }

  return {
    async get() {
      const answer = await client.get(paths.platform, patience);
      if (answer.status === 404) return isHtml(answer) ? undefined : null;
      if (answer.status === 405) return undefined;
      client.assertOk(answer);
      const told = asObject(redact(parsed(answer.text), client.mask));
      return told && firstText(asObject(told.data) ?? told, 'callbackUrl', 'url');
    },
    async set(url, form) {
      if (form === 'partner') {
        const { answer } = await ask('POST', paths.partner, { url, method: 'POST' });
        if (!isMissing(answer)) return insist(answer);
      }
      const { answer } = await ask('POST', paths.platform, { callbackUrl: url });
      insist(
        answer.status === 409 ? (await ask('PUT', paths.platform, { callbackUrl: url })).answer : answer,
      );
    },
    async remove() {
      const { answer, unsure } = await ask('DELETE', paths.platform);
      if (answer.status === 404 && !isHtml(answer)) return unsure;
      client.assertOk(answer);
      return true;
    },
  };
}

/** Whether there is no such call: then the other generation is the one that is there. */
function isMissing({ status }: HttpResponse): boolean {
  return status === 404 || status === 405;
}
