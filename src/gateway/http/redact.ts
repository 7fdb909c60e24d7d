import { endOfString } from '../../message/nesting.ts';
import { type Mask, masked } from './credentials.ts';
import { isLongInteger } from './json.ts';

/** Shortest number that is masked: one of fewer digits may equal a short secret by chance, and is needed as it is. */
const minSecretDigits = 6;

/**
 * Masks the secrets in a parsed JSON value: in its strings, and in a number that equals one. Walks the value, not its
 * text, where a secret may be written with escapes or look like JSON itself. The depth is bounded by `tryParseJson`.
 */
export function redact(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  if (typeof value === 'number') return isSecret(String(value), mask) ? masked : value;
  if (Array.isArray(value)) return value.map((one) => redact(one, mask));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [maskName(name, mask), redact(one, mask)]),
  );
}

/**
 * Masks the secrets in the body of a webhook call, as `redact` does. Every other byte stays as received.
 * @param text a form if `type` says so, else valid JSON
 */
export function redactBody(type: string, text: string, mask: Mask): string {
  return /^application\/x-www-form-urlencoded\b/i.test(type)
    ? redactForm(text, mask)
    : redactJson(text, mask);
}

function redactJson(text: string, mask: Mask): string {
  const number = /[-+.\deE]+/y;
  let redacted = '';
  let done = 0;
  const replace = (start: number, end: number, by: string) => {
    redacted += text.slice(done, start) + by;
    done = end;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"') {
      const end = endOfString(text, at) + 1;
      const literal = text.slice(at, end);
      const plain = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
      const isName = /^\s*:/.test(text.slice(end, end + 64));
      const clean = isName ? maskName(plain, mask) : mask(plain);
      if (clean !== plain) replace(at, end, JSON.stringify(clean));
      at = end - 1;
    } else if (/[-\d]/.test(character)) {
      number.lastIndex = at;
      const [literal = ''] = number.exec(text) ?? [];
      const clean = isLongInteger(literal) ? mask(literal) : isSecret(literal, mask) ? masked : literal;
      if (clean !== literal) replace(at, at + literal.length, JSON.stringify(clean));
      at += literal.length - 1;
    }
  }
  return redacted + text.slice(done);
}

function redactForm(text: string, mask: Mask): string {
  return text
    .split('&')
    .map((pair) => {
      const [[name = '', value = ''] = []] = [...new URLSearchParams(pair)];
      const clean = [maskName(name, mask), mask(value)] as const;
      return clean[0] === name && clean[1] === value ? pair : new URLSearchParams([[...clean]]).toString();
    })
    .join('&');
}

/**
 * Masks a field name. A name of letters alone stays, even if it equals the secret: without its name the field would be
 * lost. Any other name is treated as text.
 */
function maskName(name: string, mask: Mask): string {
  return /^[A-Za-z_]*$/.test(name) ? name : mask(name);
}

function isSecret(digits: string, mask: Mask): boolean {
  return digits.length >= minSecretDigits && mask(digits) === masked;
}
