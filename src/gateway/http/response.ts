import type { SendOutcome } from '../gateway.ts';
import type { HttpResponse } from './exchange.ts';
import { asObject, firstText, maxTextLength, parsed, truncate } from './json.ts';
import { maxTimerMs } from './retry.ts';

/**
 * Why the gateway did not do what it was asked, in its own words where it has any: its JSON envelope
 * (`{status, error, message}`, JSend), a line of plain text, or only the status code.
 */
export function describeErrorResponse({ status, text }: HttpResponse): string {
  const envelope = asObject(parsed(text));
  const told = envelope && firstText(envelope, 'message', 'description', 'error', 'reason', 'title');
  const line =
    envelope === undefined && !/^\s*</.test(text) ? truncate(text, maxTextLength).trim().split('\n')[0] : '';
  return told || line || `HTTP ${status}`;
}

/** Whether an answer is a page for a browser, which is no gateway's word on anything. */
export function isHtml({ text }: HttpResponse): boolean {
  return /^\s*</.test(text);
}

/** The wait where an answer tells none, in milliseconds. */
const defaultWaitMs = 1_000;

/**
 * Returns when to come again after a 429 or 503, in milliseconds: `retryAfter` of the body, `Retry-After` (RFC 9110
 * section 10.2.3) or `X-RateLimit-Reset`, the first that tells a time to come; a second where none does. Each may be in
 * seconds, a date, or an epoch in seconds or milliseconds. Never more than a timer can wait.
 */
export function retryAfterMs(answer: HttpResponse, now: number): number {
  const wait =
    parseWait(asObject(parsed(answer.text))?.retryAfter, now) ??
    parseWait(answer.header('retry-after'), now) ??
    parseWait(answer.header('x-ratelimit-reset'), now) ??
    defaultWaitMs;
  return Math.min(wait, maxTimerMs);
}

/** From here on a number is an epoch in seconds (the year 2001), or in milliseconds (1973). */
const epochs = { seconds: 1e9, milliseconds: 1e11 } as const;

/** Reads a wait in milliseconds, at least one; undefined for what is none, or over already. */
function parseWait(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return parseWaitNumber(value, now);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  // A header that came twice is a list: the longest wait obeys all of them.
  const waits = (isDate(text) ? [text] : text.split(',')).map((one) => parseWaitText(one.trim(), now));
  const longest = Math.max(0, ...waits.map((wait) => wait ?? 0));
  return longest > 0 ? longest : undefined;
}

function parseWaitText(text: string, now: number): number | undefined {
  // A number, perhaps with parameters as in a structured field: `30;w=60`.
  const number = /^(\d+(?:\.\d+)?)(?:\s*;.*)?$/.exec(text)?.[1];
  if (number !== undefined) return parseWaitNumber(Number(number), now);
  return isDate(text) ? keepPositive(parseDate(text) - now) : undefined;
}

function parseWaitNumber(number: number, now: number): number | undefined {
  if (number >= epochs.milliseconds) return keepPositive(number - now);
  return keepPositive(number >= epochs.seconds ? number * 1000 - now : number * 1000);
}

function keepPositive(milliseconds: number): number | undefined {
  return Number.isFinite(milliseconds) && milliseconds > 0 ? Math.ceil(milliseconds) : undefined;
}

/** Tells whether a text begins as a date of HTTP or ISO 8601 does. JavaScript reads dates into many other texts, such as `10, 20`. */
function isDate(text: string): boolean {
  return /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d{2}-\d{2})/.test(text);
}

/** Reads a date as an instant; one without a zone is in UTC. */
function parseDate(text: string): number {
  const zoned = /(Z|GMT|UTC|[+-]\d{2}:?\d{2})$/i.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text);
  return Date.parse(zoned ? text : /^\d/.test(text) ? `${text}Z` : `${text} GMT`);
}

/** Whether an answer says that it used up what is allowed for now (vendor: `X-RateLimit-Remaining`). */
export function isQuotaExhausted(answer: HttpResponse): boolean {
  return /^(0+|-\d+)$/.test(answer.header('x-ratelimit-remaining')?.trim() ?? '');
}

/** What a request meets that every other would meet too: undefined when the answer is about this one only. */
export function fatalError(answer: HttpResponse): Extract<SendOutcome, { kind: 'fatal' }> | undefined {
  const { status } = answer;
  const barred = (code: string, what: string, hint: string) =>
    ({
      kind: 'fatal',
      code: `gateway.${code}`,
      reason: `${what} (HTTP ${status}: ${describeErrorResponse(answer)})`,
      hint,
    }) as const;
  if (status === 401)
    return barred(
      'unauthorized',
      'the gateway refuses the key',
      'was it revoked or cut short? `qlara whoami` says where it comes from',
    );
  if (status === 403)
    return barred(
      'forbidden',
      'the gateway forbids this',
      'is this address on the account’s allow-list, and the channel in its plan?',
    );
  if (status === 407)
    return barred(
      'proxy',
      'the proxy wants credentials',
      'put them into HTTPS_PROXY, or name the host in NO_PROXY',
    );
  if (status === 404 || status === 405)
    return barred('not-found', 'there is no such gateway call here', 'check --base-url');
  if (isRedirect(status))
    return barred(
      'redirected',
      'the gateway sends elsewhere',
      'check --base-url: a redirect is not followed with a key',
    );
  return undefined;
}

/**
 * Tells whether a server that answers so may have done what it was asked: it failed or gave up waiting on the way (5xx, 408),
 * points to a result elsewhere (303, RFC 9110 section 15.4.4), already has what was sent (409), or answers what means
 * nothing here (300, 304, ...).
 */
export function mayBeDone(status: number): boolean {
  return (
    status >= 500 ||
    status === 408 ||
    status === 409 ||
    (status >= 300 && status < 400 && !isRedirect(status))
  );
}

/** Tells whether a server sends the same request elsewhere, without having looked at it. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

/** What an answer to a send without success says of the message. */
export function outcomeOfErrorResponse(answer: HttpResponse, now: number): SendOutcome {
  const { status } = answer;
  const reason = describeErrorResponse(answer);
  if (status === 429) return { kind: 'rateLimited', wait: retryAfterMs(answer, now), reason };
  if (mayBeDone(status)) return { kind: 'doubt', reason: `HTTP ${status}: ${reason}` };
  return fatalError(answer) ?? { kind: 'refused', reason };
}
