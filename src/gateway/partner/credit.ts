import { fail } from '../../errors.ts';
import type { HttpClient } from '../http/client.ts';
import { asNumber, asObject, parsed } from '../http/json.ts';
import { redact } from '../http/redact.ts';

/** What an account has left; null for what the gateway does not tell. */
export interface Credit {
  credit: number;
  /** Less what is put aside for what is planned. */
  availableCredit: number | null;
}

/** How long a question may take with all its repetitions, in milliseconds. */
const patience = 15_000;

/** The call of the newer gateways, and that of the SMS service, which others have instead. */
const paths = ['/v1/partner-gateway/subscription/credit', '/services/sms/credit'] as const;

/** Asks for the balance. @throws Failure `gateway.*` */
export async function credit(client: HttpClient): Promise<Credit> {
  const [newer, older] = paths;
  const first = await client.get(newer, patience);
  const answer = first.status === 404 || first.status === 405 ? await client.get(older, patience) : first;
  client.assertOk(answer);
  const content = redact(parsed(answer.text), client.mask);
  const told = asObject(content);
  const balance = asNumber(told?.credit);
  if (balance === undefined)
    fail(
      'gateway',
      'gateway.unreadable',
      `the gateway's answer tells no credit: ${client.redactAndTruncate(content === undefined ? answer.text : JSON.stringify(content)).trim() || 'it is empty'}`,
      'check --base-url',
    );
  return { credit: balance, availableCredit: asNumber(told?.availableCredit) ?? null };
}
