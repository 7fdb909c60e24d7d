import type { Credentials } from '../../message/credentials.ts';
import { masker } from './credentials.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from './exchange.ts';
import { parsed } from './json.ts';
import { unescapeUnicode } from './redact.ts';

const hidden = '<redacted>';

/** What a message says, by the names that either generation gives it. */
const contents = new Set(['message', 'text', 'body', 'variables', 'placeholders']);

/**
 * Tells every exchange in lines: method and address, the request's body without what the message says, the
 * answer's status and body. Secrets come masked; what the answer repeats of the message is taken out too.
 */
export function traceHttp(say: (line: string) => void, credentials: Credentials | undefined) {
  const mask = masker(credentials);
  return (request: HttpRequest, answer: HttpResponse | NetworkError, took: number): void => {
    say(`> ${request.method} ${mask(request.url)}`);
    for (const [name, value] of Object.entries(request.headers)) say(`>   ${name}: ${value}`);
    if (request.body !== null) say(`>   ${mask(JSON.stringify(parsed(request.body), conceal))}`);
    if (answer instanceof NetworkError) {
      say(`< no answer after ${took} ms: ${mask(answer.message)}`);
      return;
    }
    say(`< ${answer.status} after ${took} ms`);
    for (const name of [
      'content-type',
      'retry-after',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ]) {
      const value = answer.header(name);
      if (value !== undefined) say(`<   ${name}: ${mask(value)}`);
    }
    if (answer.text !== '')
      say(`<   ${mask(without(plain(answer.text), said(request.body))).slice(0, 2000)}`);
  };
}

/** Writes JSON in the usual way, and escapes in what cannot be parsed as their characters: a secret may be in them. */
function plain(text: string): string {
  const json = parsed(text);
  return json === undefined ? unescapeUnicode(text) : JSON.stringify(json);
}

function conceal(name: string, value: unknown): unknown {
  return contents.has(name) ? hidden : value;
}

/** The texts a request carries: the message, and each value of a placeholder. */
function said(body: string | null): string[] {
  if (body === null) return [];
  const texts: string[] = [];
  const collect = (value: unknown, inside: boolean): void => {
    if (typeof value === 'string' && inside && value.length > 1) texts.push(value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) collect(one, inside || contents.has(name));
  };
  collect(parsed(body), false);
  return texts;
}

function without(text: string, texts: readonly string[]): string {
  return texts.reduce(
    (rest, one) => rest.replaceAll(one, hidden).replaceAll(JSON.stringify(one).slice(1, -1), hidden),
    text,
  );
}
