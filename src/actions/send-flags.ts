import type { Flags, Values } from '../input/flag.ts';
import {
  allowDuplicates,
  concurrency,
  country,
  dryRun,
  fallback,
  file,
  force,
  from,
  id,
  ignoreWindow,
  map,
  message,
  name,
  overrideOptOut,
  rate,
  simulate,
  skipInvalid,
  template,
  templateCheck,
  timeout,
  toOrPrompt,
  variables,
  variablesFile,
  wait,
  watch,
  yes,
} from '../input/flags.ts';

/** The flags of every send. A flag that is added here is read, prompted for and printed like the others. */
const shared = {
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
  overrideOptOut,
  ignoreWindow,
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

/** The flags of each kind of send, in the order in which help shows them. */
export const smsFlags = { to: toOrPrompt, message, ...shared };
export const rcsFlags = { to: toOrPrompt, template, ...shared, templateCheck, fallback, message };
export const whatsappFlags = { to: toOrPrompt, template, message, ...shared, templateCheck, fallback };
export const fallbackFlags = { to: toOrPrompt, message, template, ...shared, templateCheck, fallback };

/** The flags of all kinds of send together. */
export const sendFlags = fallbackFlags satisfies Flags;

/** Values of the flags of a send. Each kind of send leaves some out. */
export type SendFlags = Values<typeof smsFlags> & Partial<Values<typeof sendFlags>>;

/** The note about files in help. */
export const fileNotes =
  'With --file, columns named to, message, template, from and id (or another usual name) fill those flags; every other column is a placeholder value. All rows are recorded before the first one is sent; if sending is cut short, the same command resumes it.';

/** The note about opt-outs in help. */
export const consentNotes =
  'People who opted out (`qlara optout`) receive no messages: a send to them exits with 2, and rows of a file are left out and listed in NAME.rejects.csv. --override-opt-out REASON sends anyway; the reason is recorded with the message.';
