import { fail } from '../../errors.ts';
import { readGatewayPhone } from '../../message/phone.ts';
import type { HttpClient } from '../http/client.ts';
import { asList, asObject, firstId, tryParseJson } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeUnreadable } from '../http/unreadable.ts';
import type { WhatsappNumber } from '../numbers.ts';

/** Only this generation lists the numbers (vendor: `guides/whatsapp`, `use-cases/UC-025`); pages count from 0. */
export const numbersPath = '/message-server/whatsapp/phone-numbers';

const pageSize = 100;

/** Pages that are read: a gateway that invents numbers must not be asked forever. */
const maxPages = 100;

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** Lists the WhatsApp numbers of the account, each once. @throws Failure `gateway.*` */
export async function listNumbers(client: HttpClient): Promise<WhatsappNumber[]> {
  const found = new Map<string, WhatsappNumber>();
  for (let page = 0; page < maxPages; page++) {
    const response = await client.get(`${numbersPath}?limit=${pageSize}&page=${page}`, timeoutMs);
    client.assertOk(response);
    const entries = findNumberEntries(redact(tryParseJson(response.text), client.maskValue));
    if (entries === undefined)
      fail(
        'gateway',
        'gateway.unreadable',
        client.redactAndTruncate(
          `the gateway returned no list of numbers, but ${describeUnreadable(response)}`,
        ),
        'check --base-url',
      );
    const before = found.size;
    for (const entry of entries) {
      const number = readNumber(entry);
      if (number && !found.has(number.id)) found.set(number.id, number);
    }
    // A gateway that ignores `page` returns the same page again; a round length may be its own limit.
    const isLast = entries.length < pageSize && entries.length % 10 !== 0;
    if (isLast || found.size === before) break;
  }
  return [...found.values()];
}

/** Returns the entries of a list of numbers, bare or in one of the usual envelopes; undefined if there is none. */
export function findNumberEntries(json: unknown): unknown[] | undefined {
  const envelope = asObject(json);
  return (
    asList(json) ??
    ['data', 'content', 'items', 'phoneNumbers']
      .map((name) => asList(envelope?.[name]))
      .find((list) => list !== undefined)
  );
}

/** Reads an entry; undefined without an id. */
function readNumber(json: unknown): WhatsappNumber | undefined {
  const entry = asObject(json);
  const id = entry && firstId(entry, 'id', 'phoneNumberId');
  if (entry === undefined || id === undefined) return undefined;
  const word = (name: string) => firstId(entry, name) ?? null;
  const phone = word('phoneNumber');
  return {
    id,
    phone: phone && (readGatewayPhone(phone) ?? phone),
    displayName: word('displayName'),
    verifiedName: word('verifiedName'),
    status: word('status')?.toLowerCase() ?? null,
    qualityRating: word('qualityRating')?.toLowerCase() ?? null,
    messagingLimit: word('messagingLimit'),
  };
}
