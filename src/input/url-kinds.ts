import { fail } from '../errors.ts';
import { callbackFault } from '../message/callback.ts';
import type { Kind } from './field.ts';

/** The base address of a gateway. @throws Failure `url.invalid`, `url.credentials` */
export const httpUrl: Kind<string> = {
  placeholder: 'URL',
  read(given) {
    const url = webAddress(
      given,
      'https://host/api',
      'set QLARA_API_KEY, or QLARA_USERNAME and QLARA_PASSWORD',
    );
    if (url.search || url.hash)
      fail(
        'usage',
        'url.invalid',
        `${JSON.stringify(given)} has a query or a fragment`,
        'write only the base: https://host/api',
      );
    return given.replace(/\/+$/, '');
  },
};

/** An address to call, with whatever path and query. @throws Failure `url.invalid`, `url.credentials` */
export const anyUrl: Kind<string> = {
  placeholder: 'URL',
  read(given) {
    const secret = 'a path that nobody can guess does the same: https://example.com/9f2c';
    webAddress(given, 'https://example.com/hook', secret);
    return given;
  },
};

/** Of http or https, and without a secret in it. `example` and `instead` are what the hints say. */
function webAddress(given: string, example: string, instead: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    fail(
      'usage',
      'url.invalid',
      `${JSON.stringify(given)} is not an http or https address`,
      `write it as ${example}`,
    );
  if (url.username || url.password)
    fail('usage', 'url.credentials', 'an address must not hold credentials', instead);
  return url;
}

/** Who is to be called back. @throws Failure `url.invalid` */
export const callbackUrl: Kind<string> = {
  placeholder: 'URL',
  read(given) {
    const fault = callbackFault(given);
    if (fault === null) return given;
    fail(
      'usage',
      'url.invalid',
      `${JSON.stringify(given)} ${fault}`,
      'write it as http://127.0.0.1:3000/hook, or https://host/hook',
    );
  },
};

/** @throws Failure `path.invalid` */
export function hookPath(given: string): string {
  if (/^\/[\w\-.~/]*$/.test(given)) return given;
  fail(
    'usage',
    'path.invalid',
    `${JSON.stringify(given)} is not a path`,
    'begin with / and use letters, digits, - . _ ~ and /',
  );
}
