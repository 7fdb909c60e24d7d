import { saysRecipientOptedOut } from '../../message/opt-out-reason.ts';
import { readGatewayTime } from '../../message/time.ts';
import type { SendOutcome } from '../gateway.ts';
import { type HttpResponse, NetworkError, Withheld } from './exchange.ts';
import { asObject, describeReason, maxTextLength, truncate, tryParseJson } from './json.ts';
import { maxTimerMs } from './retry.ts';

/**
 * Describes why the gateway failed, in its own words if it has any: the message of its JSON envelope
 * (`{status, error, message}`, JSend), a line of plain text, or only the status code.
 */
export function describeErrorResponse({ status, text }: HttpResponse): string {
  const json = tryParseJson(text);
  if (json !== undefined) return describeReason(json) ?? `HTTP ${status}`;
  return findLine(text) ?? `HTTP ${status}`;
}

/** Returns the first line of a plain text; undefined for an HTML page, binary data or no text. */
export function findLine(text: string): string | undefined {
  if (isHtmlText(text) || isBinary(text)) return undefined;
  return truncate(text, maxTextLength).trim().split('\n')[0] || undefined;
}

/** Describes an error response by its status and the words of the gateway, if it has any: `HTTP 500: out of order`. */
export function describeStatus(response: HttpResponse): string {
  const code = `HTTP ${response.status}`;
  const described = describeErrorResponse(response);
  return described === code ? code : `${code}: ${described}`;
}

/** Reports whether a text was decoded from bytes that are no text. */
export function isBinary(text: string): boolean {
  return /[\0-\x08\x0E-\x1A\x1C-\x1F]/.test(text.slice(0, maxTextLength));
}

/** Reports whether a response is an HTML page, which says nothing about a message. */
export function isHtml({ text }: HttpResponse): boolean {
  return isHtmlText(text);
}

function isHtmlText(text: string): boolean {
  return /^\s*</.test(text);
}

/** Milliseconds to wait where a response names no time. */
const defaultWaitMs = 1_000;

/**
 * Returns the milliseconds to wait after a 429 or 503: `retryAfter` of the body, `Retry-After` (RFC 9110 section
 * 10.2.3) or `X-RateLimit-Reset`, the first that names a time in the future; a second if none does. Each may be in
 * seconds, a date, or an epoch in seconds or milliseconds. Never more than `maxTimerMs`.
 */
export function retryAfterMs(response: HttpResponse, now: number): number {
  const wait =
    parseWait(asObject(tryParseJson(response.text))?.retryAfter, now) ??
    parseWait(response.header('retry-after'), now) ??
    parseWait(response.header('x-ratelimit-reset'), now) ??
    defaultWaitMs;
  return Math.min(wait, maxTimerMs);
}

/** Smallest numbers that are read as an epoch, in seconds (the year 2001) and in milliseconds (1973). */
const epochs = { seconds: 1e9, milliseconds: 1e11 } as const;

/** Reads a wait in milliseconds, at least 1; undefined if it is malformed or already over. */
function parseWait(value: unknown, now: number): number | undefined {
  if (typeof value === 'number') return parseWaitNumber(value, now);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  // A repeated header is a list: the longest wait obeys all of them.
  const waits = (isDate(text) ? [text] : text.split(',')).map((one) => parseWaitText(one.trim(), now));
  const longestMs = Math.max(0, ...waits.map((wait) => wait ?? 0));
  return longestMs > 0 ? longestMs : undefined;
}

function parseWaitText(text: string, now: number): number | undefined {
  // A number, perhaps with parameters as in a structured field: `30;w=60`.
  const number = /^(\d+(?:\.\d+)?)(?:\s*;.*)?$/.exec(text)?.[1];
  if (number !== undefined) return parseWaitNumber(Number(number), now);
  return isDate(text) ? keepPositive((readGatewayTime(text) ?? 0) - now) : undefined;
}

function parseWaitNumber(number: number, now: number): number | undefined {
  if (number >= epochs.milliseconds) return keepPositive(number - now);
  return keepPositive(number >= epochs.seconds ? number * 1000 - now : number * 1000);
}

function keepPositive(milliseconds: number): number | undefined {
  return Number.isFinite(milliseconds) && milliseconds > 0 ? Math.ceil(milliseconds) : undefined;
}

/** Reports whether a text starts like a date of HTTP, which holds a comma, or like one of ISO 8601. */
function isDate(text: string): boolean {
  return /^((Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? |\d{4}-\d{2}-\d{2})/.test(text);
}

/** Reports whether a response says that the quota is used up for now (vendor: `X-RateLimit-Remaining`). */
export function isQuotaExhausted(response: HttpResponse): boolean {
  return /^(0+|-\d+)$/.test(response.header('x-ratelimit-remaining')?.trim() ?? '');
}

/** Returns the outcome of an error that every other request would meet too; undefined if it concerns only this one. */
export function fatalError(response: HttpResponse): Extract<SendOutcome, { kind: 'fatal' }> | undefined {
  const { status } = response;
  const fatal = (code: string, what: string, hint: string) =>
    ({
      kind: 'fatal',
      code: `gateway.${code}`,
      reason: `${what} (${describeStatus(response)})`,
      hint,
    }) as const;
  if (status === 401)
    return fatal(
      'unauthorized',
      'the gateway rejected the API key',
      'check that the key was not revoked or cut short; `qlara whoami` says where it comes from',
    );
  if (status === 403)
    return fatal(
      'forbidden',
      'the gateway denied access',
      'check that this IP address is on the account’s allow-list and the channel is in its plan',
    );
  if (status === 407)
    return fatal(
      'proxy',
      'the proxy requires valid credentials',
      'name the proxy as http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or exclude the host with NO_PROXY',
    );
  if (status === 404 || status === 405)
    return fatal('not-found', 'the gateway has no such endpoint', 'check --base-url');
  if (isRedirect(status))
    return fatal(
      'redirected',
      'the gateway redirects to another address',
      'check --base-url: qlara does not follow redirects with a key',
    );
  return undefined;
}

/**
 * Reports whether the server may have done what was requested: it failed or timed out on the way (5xx, 408), points
 * to a result elsewhere (303, RFC 9110 section 15.4.4), already has what was sent (409), or returned a status that
 * has no meaning here (300, 304, ...).
 */
export function mayBeDone(status: number): boolean {
  return (
    status >= 500 ||
    status === 408 ||
    status === 409 ||
    (status >= 300 && status < 400 && !isRedirect(status))
  );
}

/** Reports whether a server redirects the request without having processed it. */
function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 307 || status === 308;
}

/** Returns the outcome of a send from an error response. */
export function outcomeOfErrorResponse(response: HttpResponse, now: number): SendOutcome {
  const { status } = response;
  const reason = describeErrorResponse(response);
  if (status === 429) return { kind: 'rateLimited', wait: retryAfterMs(response, now), reason };
  if (mayBeDone(status)) return { kind: 'doubt', reason: describeStatus(response) };
  // HTTP 403 concerns every request, unless its words are about this recipient.
  if (status === 403 && saysRecipientOptedOut(reason)) return { kind: 'refused', reason };
  return fatalError(response) ?? { kind: 'refused', reason };
}

/** Returns the outcome of a send that got no response, from what the client threw; rethrows anything but a network error. */
export function outcomeOfNetworkError(cause: unknown): SendOutcome {
  if (cause instanceof Withheld) return { kind: 'withheld' };
  if (!(cause instanceof NetworkError)) throw cause;
  return { kind: cause.mayHaveArrived ? 'doubt' : 'notSent', reason: cause.message };
}
