import type { Values } from '../input/flag.ts';
import {
  allowDuplicates,
  check,
  concurrency,
  country,
  dryRun,
  file,
  force,
  from,
  id,
  map,
  name,
  rate,
  simulate,
  skipInvalid,
  timeout,
  to,
  variables,
  variablesFile,
  wait,
  watch,
  yes,
} from '../input/flags.ts';

/** What every kind of send can be told. */
export const sendFields = {
  // Asked for where somebody can be asked.
  to: { ...to, presence: 'asked' as const },
  country,
  from,
  variables,
  variablesFile,
  id,
  dryRun,
  simulate,
  wait,
  watch,
  timeout,
  force,
  yes,
  file,
  map,
  rate,
  concurrency,
  name,
  skipInvalid,
  allowDuplicates,
};

/** What a kind of send is told besides that knows templates. */
export const templateCheck = {
  ...check,
  summary: 'send the template without holding it against what the gateway knows of it',
  group: 'Delivery',
} as const;

export type SendFlags = Values<typeof sendFields>;

/** What a kind of send adds: each of them may leave some out. */
export interface ContentFlags {
  message?: string[];
  template?: string[];
  fallback?: boolean;
  check?: boolean;
}

/** What help says of files. */
export const fileNotes =
  'With --file, columns called to, message, template, from and id (or a usual other name) fill those; every other column is the value of a placeholder. All rows are recorded before the first leaves: after whatever cut it short, the same command goes on.';

/** What help says of consent. */
export const consentNotes =
  'Who has opted out (`qlara optout`) is not written to: a send to them ends with 2, rows of a file are left out and listed in NAME.rejects.csv. --force REASON writes to them all the same; the reason is kept with the message.';
