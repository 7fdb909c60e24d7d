import { toCells, wrapCells } from '../../output/phone/cells.ts';
import type { Style } from '../../output/style.ts';

/** Cells that a question leaves free on both sides of what it says. */
const margins = 4;

/** The text in lines that fit into `columns` cells, broken at blanks: questions left to themselves break anywhere. */
export function inLines(text: string, columns: number, style: Style): string[] {
  return toCells([{ text, name: null, hasValue: false }], style)
    .flatMap((line) => wrapCells(line, Math.max(columns - margins, 1)))
    .map((cells) => cells.map((cell) => cell.text).join(''));
}
