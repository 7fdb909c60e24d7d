import type { Encoding } from '../../message/sms.ts';

/** What was found out about one thing. */
export interface Finding {
  /** `row`: a row as a whole; `file`: the sum of all its rows. */
  subject: 'message' | 'number' | 'template' | 'sender' | 'id' | 'row' | 'file';
  value: string;
  verdict: Verdict;
  /** Where it stands in a file; null for what was not read from one, or holds for all of it. */
  line: number | null;
  column: string | null;
  encoding: Encoding | null;
  parts: number | null;
  left: number | null;
  detail: string;
  hint: string | null;
}

/** From good to bad. Only what is wrong would not be sent. */
export const verdicts = ['ok', 'costly', 'warning', 'wrong'] as const;

export type Verdict = (typeof verdicts)[number];

/** A finding; `more` says what it has besides. */
export function finding(
  subject: Finding['subject'],
  value: string,
  verdict: Verdict,
  detail: string,
  hint: string | null = null,
  more: Partial<Finding> = {},
): Finding {
  const bare = { line: null, column: null, encoding: null, parts: null, left: null };
  return { subject, value, verdict, detail, hint, ...bare, ...more };
}
