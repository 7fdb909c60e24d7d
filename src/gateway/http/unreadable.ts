import type { HttpResponse } from './exchange.ts';
import { asObject, describeReason, tryParseJson } from './json.ts';
import { findLine, isBinary, isHtml } from './response.ts';

/**
 * Describes a response of success that is not the expected JSON. Its content may be what customers wrote, so only an
 * error and a line of plain text without numbers and addresses are repeated.
 */
export function describeUnreadable(response: HttpResponse): string {
  return `an unreadable response (${describeForm(response)})`;
}

function describeForm(response: HttpResponse): string {
  const { text } = response;
  if (text.trim() === '') return 'no body';
  if (isHtml(response)) return 'an HTML page';
  if (isBinary(text)) return 'binary data';
  const json = tryParseJson(text);
  if (json === undefined) {
    if (/^\s*[[{]/.test(text)) return 'malformed JSON';
    const line = findLine(text) ?? '';
    return /\d{5}|@/.test(line) ? 'text that is not JSON' : line;
  }
  const body = asObject(json);
  const isError =
    body?.error !== undefined ||
    body?.errors !== undefined ||
    body?.success === false ||
    body?.status === 'error' ||
    body?.status === 'fail';
  return (isError ? describeReason(json) : null) ?? 'JSON in an unknown form';
}
