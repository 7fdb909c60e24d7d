import type { Encoding } from '../../message/sms.ts';

/** A result of a check. */
export interface Finding {
  /** `row`: a row as a whole; `file`: the sum of all its rows. */
  subject: 'message' | 'number' | 'template' | 'sender' | 'id' | 'row' | 'file';
  value: string;
  verdict: Verdict;
  /** The line in the file; null for values from elsewhere and for the whole file. */
  line: number | null;
  column: string | null;
  encoding: Encoding | null;
  parts: number | null;
  left: number | null;
  detail: string;
  hint: string | null;
  /** Code of the error with which a send is refused, or null. */
  code: string | null;
}

/** From good to bad. Only `wrong` keeps a message from being sent. */
export const verdicts = ['ok', 'costly', 'warning', 'wrong'] as const;

export type Verdict = (typeof verdicts)[number];

/** Returns a finding; `more` adds its other fields. */
export function finding(
  subject: Finding['subject'],
  value: string,
  verdict: Verdict,
  detail: string,
  hint: string | null = null,
  more: Partial<Finding> = {},
): Finding {
  const bare = { line: null, column: null, encoding: null, parts: null, left: null, code: null };
  return { subject, value, verdict, detail, hint, ...bare, ...more };
}
