import { findNonGsm, type NonGsmCharacter, toGsm7 } from '../../message/non-gsm.ts';
import { splitPieces } from '../../message/placeholders.ts';
import { countParts, formatParts, type Parts } from '../../message/sms.ts';
import type { Finding } from './finding.ts';

/** The size of a text as an SMS, and the characters that make it costly. */
type TextFinding = Pick<Finding, 'verdict' | 'detail' | 'hint' | 'encoding' | 'parts' | 'left'>;

/** Describes a text that can be sent: its encoding and parts, and the characters that make it costly. */
export function checkText(text: string): TextFinding {
  const size = countParts(text);
  const { encoding, parts, left } = size;
  if (encoding === 'gsm7')
    return { verdict: 'ok', detail: 'all characters are in GSM-7', hint: null, encoding, parts, left };
  const foreign = findNonGsm(text);
  const detail = `not in GSM-7: ${foreign.map(describeCharacter).join(', ')}`;
  const hint = suggestReplacements(text, size, foreign);
  return { verdict: 'costly', detail, hint, encoding, parts, left };
}

function describeCharacter({ character, codePoint, count }: NonGsmCharacter): string {
  return `${character} (${codePoint})${count > 1 ? ` ${count} times` : ''}`;
}

/** Describes the non-GSM-7 characters of a text whose placeholders have no values yet; undefined if there are none. */
export function describeNonGsm(text: string): { detail: string; hint: string | null } | undefined {
  const literal = splitPieces(text, {}).map(({ name, text }) => (name === null ? text : ''));
  const foreign = findNonGsm(literal.join(''));
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
