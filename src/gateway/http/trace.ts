import type { Credentials } from '../../message/credentials.ts';
import { createMask, unescapeUnicode } from './credentials.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from './exchange.ts';
import { tryParseJson } from './json.ts';

/** Replacement for the content of a message. */
const hidden = '<redacted>';

/**
 * Logs every exchange in lines: method and URL, the request body without the content of the message, and the status and
 * body of the response. Secrets are masked; content that the response repeats is removed too. `contentFields` are the
 * fields of requests that hold such content.
 */
export function traceHttp(
  log: (line: string) => void,
  credentials: Credentials | undefined,
  contentFields: ReadonlySet<string>,
) {
  const mask = createMask(credentials);
  const hideContent = (name: string, value: unknown) => (contentFields.has(name) ? hidden : value);
  return (request: HttpRequest, response: HttpResponse | NetworkError, tookMs: number): void => {
    log(`> ${request.method} ${mask(request.url)}`);
    for (const [name, value] of Object.entries(request.headers)) log(`>   ${name}: ${value}`);
    if (request.body !== null) log(`>   ${mask(JSON.stringify(tryParseJson(request.body), hideContent))}`);
    if (response instanceof NetworkError) {
      log(`< no response after ${tookMs} ms: ${mask(response.message)}`);
      return;
    }
    log(`< ${response.status} after ${tookMs} ms`);
    for (const name of [
      'content-type',
      'retry-after',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ]) {
      const value = response.header(name);
      if (value !== undefined) log(`<   ${name}: ${mask(value)}`);
    }
    if (response.text !== '')
      log(
        `<   ${mask(removeTexts(normalizeText(response.text, request.method), collectContent(request.body, contentFields))).slice(0, 2000)}`,
      );
  };
}

/** Fields of responses that hold texts of messages, in conversations and in the history. Errors have other fields. */
const answeredTexts = new Set(['text', 'body', 'content', 'lastMessage', 'preview', 'caption']);

/**
 * Formats JSON in the standard way, without the texts that people wrote or received; decodes the escapes of invalid JSON,
 * since a secret may be written with them.
 */
function normalizeText(text: string, method: string): string {
  const json = tryParseJson(text);
  if (json === undefined) return unescapeUnicode(text);
  const hideText = (name: string, value: unknown) =>
    typeof value === 'string' && answeredTexts.has(name) ? hidden : value;
  return JSON.stringify(json, method === 'GET' ? hideText : undefined);
}

/** Collects the content in a request: the message text and each placeholder value. */
function collectContent(body: string | null, contentFields: ReadonlySet<string>): string[] {
  if (body === null) return [];
  const texts: string[] = [];
  const collect = (value: unknown, inside: boolean): void => {
    if (typeof value === 'string' && inside && value.length > 1) texts.push(value);
    else if (typeof value === 'object' && value !== null)
      for (const [name, one] of Object.entries(value)) collect(one, inside || contentFields.has(name));
  };
  collect(tryParseJson(body), false);
  return texts;
}

function removeTexts(text: string, texts: readonly string[]): string {
  return texts.reduce(
    (rest, one) => rest.replaceAll(one, hidden).replaceAll(JSON.stringify(one).slice(1, -1), hidden),
    text,
  );
}
