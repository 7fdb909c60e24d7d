import { dialectNames } from '../gateway/dialects.ts';
import { type Flags, lists, optional, preset, toggle, toggleOff } from '../input/flag.ts';
import { choice, commas, httpUrl, profileName, text } from '../input/value-types.ts';
import { formats } from '../output/formats/format.ts';

/** The flags that every command takes. */
export const globalFlags = {
  output: optional(choice('FORMAT', 'format', formats), {
    flag: 'output',
    short: 'o',
    summary: 'table, json, ndjson or csv',
    group: 'Output',
  }),
  json: toggle({ flag: 'json', summary: 'the same as --output json', group: 'Output' }),
  columns: lists(commas(text('COLUMN')), {
    flag: 'columns',
    summary: 'only these columns, in this order',
    group: 'Output',
  }),
  color: preset(choice('WHEN', 'choice', ['auto', 'always', 'never']), 'auto', {
    flag: 'color',
    summary: 'auto, always or never',
    group: 'Output',
  }),
  quiet: toggle({
    flag: 'quiet',
    short: 'q',
    summary: 'no notes and no progress on stderr',
    group: 'Output',
  }),
  verbose: toggle({
    flag: 'verbose',
    short: 'v',
    summary: 'each HTTP exchange on stderr, without secrets and message text',
    group: 'Output',
  }),
  profile: optional(profileName, {
    flag: 'profile',
    summary: 'settings and ledger to use',
    group: 'Gateway',
  }),
  sandbox: toggle({
    flag: 'sandbox',
    summary: 'use the embedded gateway: nothing leaves this machine',
    group: 'Gateway',
  }),
  baseUrl: optional(httpUrl, { flag: 'base-url', summary: 'address of the gateway', group: 'Gateway' }),
  dialect: optional(choice('DIALECT', 'dialect', dialectNames), {
    flag: 'dialect',
    summary: `generation of the gateway’s HTTP bodies: ${dialectNames.join(', ')}`,
    group: 'Gateway',
  }),
  input: toggleOff({ flag: 'input', summary: 'never ask anything', group: 'General' }),
  help: toggle({ flag: 'help', short: 'h', summary: 'this help', group: 'General' }),
  version: toggle({ flag: 'version', short: 'V', summary: 'print the version', group: 'General' }),
} satisfies Flags;
