import { fail } from '../../errors.ts';
import type { Credit } from '../credit.ts';
import type { HttpClient } from '../http/client.ts';
import { asNumber, asObject, tryParseJson } from '../http/json.ts';
import { describeStatus } from '../http/response.ts';
import { describeUnreadable } from '../http/unreadable.ts';

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** Endpoint of the newer gateways, and the endpoint of the SMS service, which other gateways have instead. */
const paths = ['/v1/partner-gateway/subscription/credit', '/services/sms/credit'] as const;

/**
 * Requests the balance. The vendor documents 502 where its wallet cannot be asked (`api/get-credit`). @throws Failure `gateway.*`
 */
export async function fetchCredit(client: HttpClient): Promise<Credit> {
  const [newer, older] = paths;
  const first = await client.get(newer, timeoutMs);
  const response = first.status === 404 || first.status === 405 ? await client.get(older, timeoutMs) : first;
  if (response.status === 502)
    fail(
      'gateway',
      'gateway.failing',
      client.redactAndTruncate(
        `the gateway cannot read the balance at present (${describeStatus(response)})`,
      ),
      'try again later',
    );
  client.assertOk(response);
  const body = asObject(tryParseJson(response.text));
  const balance = asNumber(body?.credit);
  if (balance === undefined)
    fail(
      'gateway',
      'gateway.unreadable',
      client.redactAndTruncate(`the gateway returned no balance, but ${describeUnreadable(response)}`),
      'check --base-url',
    );
  return {
    credit: balance,
    frozenCredit: asNumber(body?.frozenCredit) ?? null,
    availableCredit: asNumber(body?.availableCredit) ?? null,
  };
}
