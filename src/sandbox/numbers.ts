import { refuse, type SandboxResponse } from './answer.ts';
import type { SandboxCall } from './deps.ts';
import { parsePage } from './inbox/page.ts';

/** WhatsApp numbers of the account: fields of the vendor's UC-025, with the whole-number `id` of its Postman collection. */
const whatsappNumbers = [
  {
    id: 5,
    phoneNumber: '+393900000000',
    displayName: 'Example',
    verifiedName: 'Example S.r.l.',
    status: 'ACTIVE',
    qualityRating: 'GREEN',
    messagingLimit: 'TIER_10K',
  },
  {
    id: 6,
    phoneNumber: '+393900000001',
    displayName: 'Example Sport',
    verifiedName: 'Example Sport S.r.l.',
    status: 'PENDING',
    qualityRating: 'UNKNOWN',
    messagingLimit: 'TIER_1K',
  },
] as const;

const defaultPageSize = 10;

/** Lists the WhatsApp numbers by pages from 0. @throws HttpError 400 */
export function listWhatsappNumbers({ query }: SandboxCall): SandboxResponse {
  const { skip, limit } = parsePage(query, defaultPageSize);
  return { status: 200, body: { data: whatsappNumbers.slice(skip, skip + limit) } };
}

/** Returns one WhatsApp number. @throws HttpError 404 */
export function showWhatsappNumber({ params }: SandboxCall): SandboxResponse {
  const found = whatsappNumbers.find(({ id }) => String(id) === params.id);
  return { status: 200, body: found ?? refuse(404, 'No number has this id') };
}
