import { endOfString } from '../../message/nesting.ts';
import { masked } from './credentials.ts';

/** Takes the secrets out of one text. */
type Mask = (text: string) => string;

/** A number of fewer digits may equal a short secret by chance, and is needed as it is. */
const minSecretDigits = 6;

/**
 * Takes the secrets out of a parsed JSON value: out of its texts, and a number that is one. It is the value that is
 * walked and not its text, where a secret may be written with escapes, or look like JSON itself. Only as deep as
 * `parsed` lets a value be.
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
 * Takes the secrets out of a webhook call, as `redact` does. Every other byte stays as it came.
 * @param text a form where `type` says so, else JSON that can be parsed
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
      if (isSecret(literal, mask)) replace(at, at + literal.length, JSON.stringify(masked));
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
 * A name of letters alone stays, even if it equals the secret: it is a field, and without its name the field is lost.
 * Any other name is a text like any.
 */
function maskName(name: string, mask: Mask): string {
  return /^[A-Za-z_]*$/.test(name) ? name : mask(name);
}

function isSecret(digits: string, mask: Mask): boolean {
  return digits.length >= minSecretDigits && mask(digits) === masked;
}

/** Writes the escapes of JSON that cannot be parsed as their characters, so that a secret in them is found. */
export function unescapeUnicode(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
