import type { Answer } from './exchange.ts';
import type { SendOutcome } from './gateway.ts';
import { asNumber, asObject, firstText, maxTextLength, parsed, truncate } from './json.ts';

/**
 * Why the gateway did not do what it was asked, in its own words where it has any: its JSON envelope
 * (`{status, error, message}`, JSend), a line of plain text, or only the status code.
 */
export function reasonIn({ status, text }: Answer): string {
  const envelope = asObject(parsed(text));
  const told = envelope && firstText(envelope, 'message', 'description', 'error', 'reason', 'title');
  const line =
    envelope === undefined && !/^\s*</.test(text) ? truncate(text, maxTextLength).trim().split('\n')[0] : '';
  return told || line || `HTTP ${status}`;
}

/** Whether an answer is a page for a browser, which is no gateway's word on anything. */
export function isPage({ text }: Answer): boolean {
  return /^\s*</.test(text);
}

/** The longest wait a gateway can ask for. A timer of more than 2^31 ms would fire at once, again and again. */
const maxWaitMs = 24 * 60 * 60_000;

/**
 * When to come again after a 429 or 503, in milliseconds: `retryAfter` of the body, `Retry-After` (seconds or a
 * date, RFC 9110 section 10.2.3), `X-RateLimit-Reset` (seconds, or an epoch); a second when nothing is told.
 */
export function waitIn(answer: Answer, now: number): number {
  const told = asNumber(asObject(parsed(answer.text))?.retryAfter) ?? 0;
  if (told > 0) return Math.min(told * 1000, maxWaitMs);
  const after = answer.header('retry-after');
  if (after !== undefined) {
    const seconds = Number(after);
    const wait = Number.isNaN(seconds) ? Date.parse(after) - now : seconds * 1000;
    if (wait > 0) return Math.min(wait, maxWaitMs);
  }
  const reset = Number(answer.header('x-ratelimit-reset'));
  if (reset > 0)
    return Math.min(reset > 1_000_000_000 ? Math.max(reset * 1000 - now, 0) : reset * 1000, maxWaitMs);
  return 1000;
}

/** Whether an answer says that it used up what is allowed for now (vendor: `X-RateLimit-Remaining`). */
export function isSpent(answer: Answer): boolean {
  return answer.header('x-ratelimit-remaining') === '0';
}

/** What a request meets that every other would meet too: undefined when the answer is about this one only. */
export function barrier(answer: Answer): Extract<SendOutcome, { kind: 'barred' }> | undefined {
  const { status } = answer;
  const barred = (code: string, what: string, hint: string) =>
    ({
      kind: 'barred',
      code: `gateway.${code}`,
      reason: `${what} (HTTP ${status}: ${reasonIn(answer)})`,
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
  if (status >= 300 && status < 400)
    return barred(
      'redirected',
      'the gateway sends elsewhere',
      'check --base-url: a redirect is not followed with a key',
    );
  return undefined;
}

/** What an answer to a send without success says of the message. */
export function refusal(answer: Answer, now: number): SendOutcome {
  const { status } = answer;
  const reason = reasonIn(answer);
  if (status === 429) return { kind: 'limited', wait: waitIn(answer, now), reason };
  // A server that failed, or gave up waiting, may have handed the message on before.
  if (status >= 500 || status === 408) return { kind: 'doubt', reason: `HTTP ${status}: ${reason}` };
  return barrier(answer) ?? { kind: 'refused', reason };
}
