import type { Piece } from '../../message/placeholders.ts';
import { cleanLines } from '../clean.ts';
import type { Style } from '../style.ts';
import { measureWidth } from '../width.ts';

/** Mark of a piece of text: plain, a value, or a placeholder without a value. */
type Mark = 'plain' | 'value' | 'open';

/** A grapheme and its width. */
interface Cell {
  text: string;
  width: number;
  mark: Mark;
}

export type CellLine = readonly Cell[];

const graphemes = new Intl.Segmenter();

/** Splits text from outside into lines of cells, cleaned. */
export function toCells(pieces: readonly Piece[], style: Style): Cell[][] {
  const lines: Cell[][] = [[]];
  const add = (text: string, mark: Mark) => {
    for (const [index, line] of cleanLines(text).split('\n').entries()) {
      if (index > 0) lines.push([]);
      for (const { segment } of graphemes.segment(line))
        lines.at(-1)?.push({ text: segment, width: measureWidth(segment), mark });
    }
  };
  for (const { text, name, hasValue } of pieces)
    if (name === null) add(text, 'plain');
    // Without underlining, brackets mark a value.
    else if (hasValue) add(canUnderline(style) ? text : `[${text}]`, 'value');
    else add(text, 'open');
  return lines;
}

function canUnderline(style: Style): boolean {
  return style.underline('x') !== 'x';
}

export function measureCells(cells: CellLine): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

/** Wraps a line into lines of at most `width` cells, at spaces where possible. */
export function wrapCells(line: CellLine, maxWidth: number): Cell[][] {
  const lines: Cell[][] = [];
  let rest = [...line];
  while (measureCells(rest) > maxWidth) {
    let width = 0;
    let end = 0;
    let blank = -1;
    for (const [index, cell] of rest.entries()) {
      width += cell.width;
      if (width > maxWidth && end === 0) {
        end = Math.max(index, 1);
        if (cell.text === ' ') blank = index;
        break;
      }
      if (cell.text === ' ') blank = index;
    }
    const at = blank > 0 ? blank : end;
    lines.push(trimEnd(rest.slice(0, at)));
    rest = rest.slice(at);
    while (rest[0]?.text === ' ') rest.shift();
  }
  return [...lines, trimEnd(rest)];
}

function trimEnd(cells: Cell[]): Cell[] {
  const last = cells.findLastIndex(({ text }) => text !== ' ');
  return cells.slice(0, last + 1);
}

type Paint = (text: string) => string;

/** Renders a line in exactly `width` cells; `paint` styles the plain parts. */
export function paintCells(
  cells: CellLine,
  width: number,
  style: Style,
  paint: Paint = (text) => text,
  align: 'left' | 'center' = 'left',
): string {
  const free = Math.max(width - measureCells(cells), 0);
  const before = align === 'center' ? Math.floor(free / 2) : 0;
  return ' '.repeat(before) + paintRuns(cells, style, paint) + ' '.repeat(free - before);
}

function paintRuns(cells: CellLine, style: Style, paint: Paint): string {
  const paints: Record<Mark, Paint> = { plain: paint, value: style.underline, open: style.yellow };
  let text = '';
  for (let start = 0; start < cells.length; ) {
    const mark = cells[start]?.mark ?? 'plain';
    const next = cells.findIndex((cell, index) => index > start && cell.mark !== mark);
    const end = next < 0 ? cells.length : next;
    const run = cells.slice(start, end).map((cell) => cell.text);
    text += paints[mark](run.join(''));
    start = end;
  }
  return text;
}
