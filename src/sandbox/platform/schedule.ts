import { readTime } from '../../message/time.ts';
import { refuse } from '../answer.ts';
import { type RequestBody, readText } from '../fields.ts';

/** `yyyy-MM-dd HH:mm:ss.SSSZ`: a blank, milliseconds, and an offset without a colon. */
const scheduleForm = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/;

/**
 * Reads the time of a scheduled message in milliseconds since 1970; null without one.
 * @throws HttpError 400 for another form, a date that does not exist, or one in the past
 */
export function readSchedule(body: RequestBody, name: string, now: number): number | null {
  const text = readText(body, name);
  if (text === null) return null;
  const at = scheduleForm.test(text) ? readTime(text, 'utc')?.at : undefined;
  if (at === undefined) return refuse(400, `${name}: must be a date in the format yyyy-MM-dd HH:mm:ss.SSSZ`);
  if (at < now) refuse(400, `${name}: must not be in the past`);
  return at;
}
