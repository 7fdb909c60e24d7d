import { toCells, wrapCells } from '../../output/phone/cells.ts';
import type { Style } from '../../output/style.ts';

/** Width that a prompt leaves free on both sides of its text, in cells. */
const margins = 4;

/** Breaks text at spaces into lines of at most `columns` cells; the prompt library would break anywhere. */
export function breakLines(text: string, columns: number, style: Style): string[] {
  return toCells([{ text, name: null, hasValue: false }], style)
    .flatMap((line) => wrapCells(line, Math.max(columns - margins, 1)))
    .map((cells) => cells.map((cell) => cell.text).join(''));
}
