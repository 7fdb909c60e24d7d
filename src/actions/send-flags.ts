import type { Values } from '../input/flag.ts';
import type { sendFlags } from '../input/flags.ts';

/** Values of the flags of a send. Each kind of send leaves some out. */
export type SendFlags = Omit<Values<typeof sendFlags.sms>, 'smsOnly'> &
  Partial<Values<typeof sendFlags.sms> & Values<typeof sendFlags.fallback>> & {
    /** True for `send --fallback`, which needs both a template and a text. */
    needsBoth?: boolean;
  };

/** The note about files in help. */
export const fileNotes =
  'With --file, columns named to, message, template, from and id (or another usual name) fill those flags, in the platform dialect also rcsTemplate, agentId, phoneNumberId and campaign; every other column is a placeholder value. All rows are recorded before the first one is sent; if sending is cut short, the same command resumes it.';

/** The note about dialects in help. */
export const dialectNotes = 'Flags marked (platform) need the platform dialect: see `qlara help dialects`.';

/** The note about opt-outs in help. */
export const consentNotes =
  'People who opted out (`qlara optout`) receive no messages: a send to them exits with 2, and rows of a file are left out and listed in NAME.rejects.csv. --override-opt-out REASON sends anyway; the reason is recorded with the message.';
