import { findNonGsm, type NonGsmCharacter, toGsm7 } from '../../message/non-gsm.ts';
import { countParts, formatParts, maxParts, type Parts } from '../../message/sms.ts';
import type { Finding, Verdict } from './finding.ts';

/** The result of checking a text as an SMS. */
type TextFinding = Pick<Finding, 'verdict' | 'detail' | 'hint' | 'encoding' | 'parts' | 'left'>;

/** Checks a complete text: its encoding and parts, and the characters that make it costly or impossible to send. */
export function checkText(text: string): TextFinding {
  const size = countParts(text);
  const result = (verdict: Verdict, detail: string, hint: string | null): TextFinding => {
    const { encoding, parts, left } = size;
    return { verdict, detail, hint, encoding, parts, left };
  };
  if (text.trim() === '') return result('wrong', 'the message is empty', null);
  if (!text.isWellFormed())
    return result('wrong', 'the text contains half of a character (a lone surrogate)', null);
  if (size.parts > maxParts)
    return result('wrong', `more than the ${maxParts} parts an SMS can have`, 'shorten it');
  if (size.encoding === 'gsm7') return result('ok', 'all characters are in GSM-7', null);
  const foreign = findNonGsm(text);
  return result(
    'costly',
    `not in GSM-7: ${foreign.map(describeCharacter).join(', ')}`,
    suggestReplacements(text, size, foreign),
  );
}

function describeCharacter({ character, codePoint, count }: NonGsmCharacter): string {
  return `${character} (${codePoint})${count > 1 ? ` ${count} times` : ''}`;
}

/** Describes the non-GSM-7 characters of a text whose placeholders have no values yet; undefined if there are none. */
export function describeNonGsm(text: string): { detail: string; hint: string | null } | undefined {
  const foreign = findNonGsm(text);
  if (foreign.length === 0) return undefined;
  return {
    detail: `not in GSM-7: ${foreign.map(describeCharacter).join(', ')}`,
    hint: replacements(foreign),
  };
}

/** Suggests replacements and says how much they save; null if there are none. */
function suggestReplacements(
  text: string,
  { parts }: Parts,
  foreign: readonly NonGsmCharacter[],
): string | null {
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
