import { findNonGsm, type NonGsmCharacter, toGsm7 } from '../../message/non-gsm.ts';
import { countParts, formatParts, maxParts, type Parts } from '../../message/sms.ts';
import type { Finding, Verdict } from './finding.ts';

/** What there is to say of a text as an SMS. */
type TextFinding = Pick<Finding, 'verdict' | 'detail' | 'hint' | 'encoding' | 'parts' | 'left'>;

/** A text as it would go out: what it takes, and what makes it dear or impossible. */
export function checkText(text: string): TextFinding {
  const size = countParts(text);
  const said = (verdict: Verdict, detail: string, hint: string | null): TextFinding => {
    const { encoding, parts, left } = size;
    return { verdict, detail, hint, encoding, parts, left };
  };
  if (text.trim() === '') return said('wrong', 'the message is empty', null);
  if (!text.isWellFormed()) return said('wrong', 'it holds half of a character (a lone surrogate)', null);
  if (size.parts > maxParts)
    return said('wrong', `more than the ${maxParts} parts an SMS can have`, 'shorten it');
  if (size.encoding === 'gsm7') return said('ok', 'all of it is in GSM-7', null);
  const foreign = findNonGsm(text);
  return said('costly', `not in GSM-7: ${foreign.map(named).join(', ')}`, cheaper(text, size, foreign));
}

function named({ character, codePoint, count }: NonGsmCharacter): string {
  return `${character} (${codePoint})${count > 1 ? ` ${count} times` : ''}`;
}

/** What is dear in a text whose placeholders are not filled in yet; undefined where nothing is. */
export function describeNonGsm(text: string): { detail: string; hint: string | null } | undefined {
  const foreign = findNonGsm(text);
  if (foreign.length === 0) return undefined;
  return { detail: `not in GSM-7: ${foreign.map(named).join(', ')}`, hint: replacements(foreign) };
}

/** What to write instead, and what that saves; null when some of it cannot be written otherwise. */
function cheaper(text: string, { parts }: Parts, foreign: readonly NonGsmCharacter[]): string | null {
  const changes = replacements(foreign);
  if (changes === null) return null;
  const then = countParts(toGsm7(text));
  const gain =
    then.parts < parts ? `: ${formatParts(then.parts)} instead of ${parts}` : `: room for ${then.left} more`;
  return then.encoding === 'gsm7' ? changes + gain : changes;
}

function replacements(foreign: readonly NonGsmCharacter[]): string | null {
  const changes = foreign.flatMap(({ character, replacement }) =>
    replacement === null ? [] : [`${replacement || 'nothing'} for ${character}`],
  );
  return changes.length === 0 ? null : `write ${changes.join(', ')}`;
}
