import { registrationForms } from '../message/registration.ts';
import { lists, optional, preset, several, toggle } from './field.ts';
import { choice, commas, read, text, wholeNumber } from './kinds.ts';
import { anyUrl, callbackUrl, hookPath } from './url-kinds.ts';

/** The flags of whoever receives webhooks. */

export const listenPort = preset(wholeNumber('PORT', 0, 65_535), 8081, {
  flag: 'port',
  summary: 'port to listen on (default 8081; 0 picks a free one)',
  group: 'Server',
});
export const path = optional(read('PATH', hookPath), {
  flag: 'path',
  summary: 'where calls are taken: /hooks/qlara (default: a path that nobody can guess)',
  group: 'Server',
});
export const secretPath = toggle({
  flag: 'secret-path',
  summary: 'add to --path a part that nobody can guess',
  group: 'Server',
});
export const allow = lists(commas(text('ADDRESS')), {
  flag: 'allow',
  summary: 'only callers from these addresses: 192.0.2.7, 192.0.2.0/24; repeatable',
  group: 'Server',
});
export const forwardTo = several(anyUrl, {
  flag: 'forward-to',
  summary: 'pass each call on to this address too, until it is taken; repeatable',
  group: 'Server',
});
export const register = optional(callbackUrl, {
  flag: 'register',
  summary: 'have the gateway call this public address, and put the one before back at the end',
  group: 'Gateway',
});
export const form = optional(choice('FORM', 'form', registrationForms), {
  flag: 'form',
  summary: 'register the older way (partner, the default) or the newer one (platform)',
  group: 'Gateway',
});
