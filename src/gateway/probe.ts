import type { HttpResponse } from './http/exchange.ts';
import { tryParseJson } from './http/json.ts';

/** The result of a probe for a call: the gateway has it, has it not, or the response does not tell. */
export type ProbeResult = 'present' | 'missing' | 'unclear';

/** A read that shows whether a gateway has a call. It changes nothing. */
export interface Probe {
  path: string;
  judge(response: HttpResponse): ProbeResult;
}

/**
 * Calls of one dialect and no other, the most telling first. A gateway certainly speaks it if it has all of them, and none
 * of another.
 */
export type DialectProbes = readonly [Probe, ...Probe[]];

/** Id of a message that no gateway has. */
export const unknownId = 'qlara-probe';

/** Judges a response by its status, and that of success by its content. */
export function judgeCall(response: HttpResponse, isAnswer: (json: unknown) => boolean): ProbeResult {
  const { status } = response;
  if (status === 404 || status === 405) return 'missing';
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && isAnswer(tryParseJson(response.text)) ? 'present' : 'unclear';
}
