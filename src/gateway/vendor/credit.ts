import { fail } from '../../errors.ts';
import type { HttpClient } from '../http/client.ts';
import { asNumber, asObject, tryParseJson } from '../http/json.ts';
import { describeUnreadable } from '../http/unreadable.ts';

/** Balance of an account; null for what the gateway does not report. */
export interface Credit {
  credit: number;
  /** Balance without what is reserved for planned messages. */
  availableCredit: number | null;
}

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** Endpoint of the newer gateways, and the endpoint of the SMS service, which other gateways have instead. */
const paths = ['/v1/partner-gateway/subscription/credit', '/services/sms/credit'] as const;

/** Requests the balance. @throws Failure `gateway.*` */
export async function fetchCredit(client: HttpClient): Promise<Credit> {
  const [newer, older] = paths;
  const first = await client.get(newer, timeoutMs);
  const response = first.status === 404 || first.status === 405 ? await client.get(older, timeoutMs) : first;
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
  return { credit: balance, availableCredit: asNumber(body?.availableCredit) ?? null };
}
