import type { HttpResponse } from './http/exchange.ts';
import { tryParseJson } from './http/json.ts';

/** What the response to a probe shows of a call: the gateway has it, has it not, or the response does not tell. */
export type ProbeResult = 'present' | 'missing' | 'unclear';

/** A read that shows whether a gateway has a call. It changes nothing. */
export interface Probe {
  path: string;
  judge(response: HttpResponse): ProbeResult;
}

/** How to recognize a gateway that speaks a dialect. */
export interface DialectProbes {
  /** Calls that show that it does, the most telling first. */
  own: readonly [Probe, ...Probe[]];
  /** Calls of other dialects. It certainly speaks this one if it has all of its own and none of these. */
  foreign: readonly Probe[];
}

/** Id of a message that no gateway has. */
export const unknownId = 'qlara-probe';

/** Judges a response by its status, and that of success by its content. */
export function judgeCall(response: HttpResponse, isAnswer: (json: unknown) => boolean): ProbeResult {
  const { status } = response;
  if (status === 404 || status === 405) return 'missing';
  const isSuccess = status >= 200 && status < 300;
  return isSuccess && isAnswer(tryParseJson(response.text)) ? 'present' : 'unclear';
}
