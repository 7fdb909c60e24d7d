import { fail } from '../errors.ts';
import { findNearest } from '../message/nearest.ts';
import { normalizeName } from '../message/placeholders.ts';
import { validateCallbackUrl } from '../message/webhook.ts';
import type { ValueType } from './flag.ts';
import { findRowField, type Mapping, rowFieldNames } from './rows/columns.ts';

/** Any text. */
export function text(placeholder: string): ValueType<string> {
  return { placeholder, read: (given) => given };
}

/** Path of a file. */
export function file(placeholder: string): ValueType<string> {
  return { ...text(placeholder), files: true };
}

/** A value that a domain function parses. */
export function read<T>(placeholder: string, parse: (given: string) => T | Promise<T>): ValueType<T> {
  return { placeholder, read: parse };
}

export function choice<T extends string>(
  placeholder: string,
  what: string,
  choices: readonly T[],
): ValueType<T> {
  return {
    placeholder,
    choices,
    read(given) {
      const word = given.trim().toLowerCase();
      const found = choices.find((known) => known === word);
      if (found !== undefined) return found;
      const meant = findNearest(word, choices);
      fail(
        'usage',
        `${what}.unknown`,
        `unknown ${what} ${JSON.stringify(given)}`,
        `${meant ? `did you mean ${meant}? ` : ''}use ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`,
      );
    },
  };
}

/** Several values in one text, separated by commas or another separator. */
export function commas<T>(type: ValueType<T>, separator: string | RegExp = ','): ValueType<T[]> {
  return {
    ...type,
    write: (values) => values.map((value) => type.write?.(value) ?? String(value)).join(','),
    placeholder: `${type.placeholder}[,${type.placeholder}]`,
    read: (given) =>
      Promise.all(
        given
          .split(separator)
          .map((item) => item.trim())
          .filter((item) => item !== '')
          .map((item) => type.read(item)),
      ),
  };
}

export function wholeNumber(placeholder: string, least: number, most: number): ValueType<number> {
  return {
    placeholder,
    read(given) {
      const number = Number(given);
      if (/^\d+$/.test(given.trim()) && number >= least && number <= most) return number;
      fail(
        'usage',
        'number.invalid',
        `${JSON.stringify(given)} is not a whole number from ${least} to ${most}`,
      );
    },
  };
}

/** How many times faster the sandbox delivers messages. */
export const sandboxSpeed = wholeNumber('N', 1, 100_000);

const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration in milliseconds, written `500ms`, `2s`, `5m`, `1h30m` or `7d`. */
export const duration: ValueType<number> = {
  placeholder: 'TIME',
  read(given) {
    const pieces = [...given.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
    const whole = pieces.map(([piece]) => piece).join('');
    if (whole === '' || whole !== given.trim())
      fail(
        'usage',
        'duration.invalid',
        `${JSON.stringify(given)} is not a duration`,
        'write it as 500ms, 2s, 5m, 1h or 7d',
      );
    return pieces.reduce(
      (sum, [, number, name]) => sum + Number(number) * unit[name as keyof typeof unit],
      0,
    );
  },
  write(milliseconds) {
    const [name, length] = Object.entries(unit).findLast(([, length]) => milliseconds % length === 0) ?? [
      'ms',
      1,
    ];
    return `${milliseconds / length}${name}`;
  },
};

/** A number of type `type` that is at least `least`; `shown` is how the message writes that minimum. */
export function atLeast(type: ValueType<number>, least: number, shown: string): ValueType<number> {
  return {
    ...type,
    async read(given) {
      const number = await type.read(given);
      if (number >= least) return number;
      fail('usage', 'number.too-small', `${JSON.stringify(given)} is less than ${shown}`);
    },
  };
}

/** A number of type `type` that is at most `most`; `shown` is how the message writes that maximum. */
export function atMost(type: ValueType<number>, most: number, shown: string): ValueType<number> {
  return {
    ...type,
    async read(given) {
      const number = await type.read(given);
      if (number <= most) return number;
      fail('usage', 'number.too-large', `${JSON.stringify(given)} is more than ${shown}`);
    },
  };
}

/** `name=value`, split at the first `=`. */
export const assignment: ValueType<readonly [name: string, value: string]> = {
  placeholder: 'NAME=VALUE',
  read(given) {
    const at = given.indexOf('=');
    const name = normalizeName(given.slice(0, Math.max(at, 0)));
    if (name === '')
      fail(
        'usage',
        'var.invalid',
        `${JSON.stringify(given)} is not NAME=VALUE`,
        'write it as --var name=Mario',
      );
    return [name, given.slice(at + 1)];
  },
  write: ([name, value]) => `${name}=${value}`,
};

/** `field=column`, split at the first `=`; a field of a row, or a placeholder. */
export const mapping: ValueType<Mapping> = {
  placeholder: 'FIELD=COLUMN',
  read(given) {
    const at = given.indexOf('=');
    const name = normalizeName(given.slice(0, Math.max(at, 0)));
    const column = given.slice(at + 1).trim();
    if (name !== '' && column !== '') return [findRowField(name) ?? name, column];
    fail(
      'usage',
      'map.invalid',
      `${JSON.stringify(given)} is not FIELD=COLUMN`,
      `the fields are ${rowFieldNames.join(', ')}, and the names of placeholders`,
    );
  },
  write: ([field, column]) => `${field}=${column}`,
};

/** The name of a profile, which is also used in file names. */
export const profileName: ValueType<string> = {
  placeholder: 'NAME',
  known: 'profiles',
  read(given) {
    if (/^[A-Za-z0-9][\w-]{0,63}$/.test(given)) return given;
    fail(
      'usage',
      'profile.invalid',
      `${JSON.stringify(given)} is not a valid profile name`,
      'use up to 64 letters, digits, - and _, beginning with a letter or digit',
    );
  },
};

/** A rate per second, written `20/s` or `1000/m`. */
export const rate: ValueType<number> = {
  placeholder: 'RATE',
  read(given) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)\/(s|m)$/.exec(given.trim()) ?? [];
    const each = Number(number) / (unit === 'm' ? 60 : 1);
    if (each > 0) return each;
    fail('usage', 'rate.invalid', `${JSON.stringify(given)} is not a rate`, 'write it as 20/s or 1000/m');
  },
  write: (perSecond) => (Number.isInteger(perSecond) ? `${perSecond}/s` : `${perSecond * 60}/m`),
};

/**
 * Reads the reason of an override.
 * @throws Failure `force.blank` if it is empty or looks like a flag, as when `--force` is used like a switch
 */
export function overrideReason(given: string): string {
  const why = given.trim();
  if (why !== '' && !why.startsWith('-')) return why;
  const what = why === '' ? 'the reason is empty' : `${JSON.stringify(why)} is not a reason`;
  fail('usage', 'force.blank', what, 'state the reason: --override-opt-out "product recall"');
}

/** The base URL of a gateway. @throws Failure `url.invalid`, `url.credentials` */
export const httpUrl: ValueType<string> = {
  placeholder: 'URL',
  read(given) {
    const url = parseHttpUrl(
      given,
      'https://host/api',
      'set QLARA_API_KEY, or QLARA_USERNAME and QLARA_PASSWORD',
    );
    if (url.search || url.hash)
      fail(
        'usage',
        'url.invalid',
        `${JSON.stringify(given)} has a query or a fragment`,
        'use only the base URL: https://host/api',
      );
    return given.replace(/\/+$/, '');
  },
};

/** A URL to call, with any path and query. @throws Failure `url.invalid`, `url.credentials` */
export const anyUrl: ValueType<string> = {
  placeholder: 'URL',
  read(given) {
    const secret = 'use a secret path instead: https://example.com/9f2c';
    parseHttpUrl(given, 'https://example.com/hook', secret);
    return given;
  },
};

/** The address of a media file, which the gateway or a phone fetches. @throws Failure `url.invalid`, `url.credentials` */
export const httpsUrl: ValueType<string> = {
  placeholder: 'URL',
  read(given) {
    const example = 'https://example.com/image.jpg';
    const url = parseHttpUrl(given, example, 'use a public address');
    if (url.protocol === 'https:') return given;
    fail('usage', 'url.invalid', `${JSON.stringify(given)} is not an https URL`, `write it as ${example}`);
  },
};

/** Parses an http or https URL without credentials. `example` and `instead` are used in the hints. */
function parseHttpUrl(given: string, example: string, instead: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    fail(
      'usage',
      'url.invalid',
      `${JSON.stringify(given)} is not an http or https URL`,
      `write it as ${example}`,
    );
  if (url.username || url.password)
    fail('usage', 'url.credentials', 'a URL must not contain credentials', instead);
  return url;
}

/** A URL for webhooks. @throws Failure `url.invalid` */
export const callbackUrl: ValueType<string> = {
  placeholder: 'URL',
  read(given) {
    const fault = validateCallbackUrl(given);
    if (fault === null) return given;
    fail(
      'usage',
      'url.invalid',
      `${JSON.stringify(given)} ${fault}`,
      'write it as http://127.0.0.1:3000/hook, or https://host/hook',
    );
  },
};

/** Reads the path of a webhook. @throws Failure `path.invalid` */
export function hookPath(given: string): string {
  if (/^\/[\w\-.~/]*$/.test(given)) return given;
  fail(
    'usage',
    'path.invalid',
    `${JSON.stringify(given)} is not a path`,
    'begin with / and use letters, digits, - . _ ~ and /',
  );
}
