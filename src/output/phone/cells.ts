import type { Piece } from '../../message/template.ts';
import { cleanLines } from '../clean.ts';
import type { Style } from '../style.ts';
import { widthOf } from '../width.ts';

/** How a piece of drawn text is marked: as it is, a value that was filled in, a place that has none yet. */
type Mark = 'plain' | 'value' | 'open';

/** A character as one sees it, and the room it takes. */
interface Cell {
  text: string;
  width: number;
  mark: Mark;
}

export type CellLine = readonly Cell[];

const graphemes = new Intl.Segmenter();

/** Characters of text that came from outside, in lines, made harmless. */
export function cellsOf(pieces: readonly Piece[], style: Style): Cell[][] {
  const lines: Cell[][] = [[]];
  const add = (text: string, mark: Mark) => {
    for (const [index, line] of cleanLines(text).split('\n').entries()) {
      if (index > 0) lines.push([]);
      for (const { segment } of graphemes.segment(line))
        lines.at(-1)?.push({ text: segment, width: widthOf(segment), mark });
    }
  };
  for (const { text, name, filled } of pieces)
    if (name === null) add(text, 'plain');
    // Where nothing can be underlined, brackets tell a value.
    else if (filled) add(marksByColour(style) ? text : `[${text}]`, 'value');
    else add(text, 'open');
  return lines;
}

function marksByColour(style: Style): boolean {
  return style.underline('x') !== 'x';
}

export function widthOfCells(cells: CellLine): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

/** The line in lines of at most `room` cells, broken at blanks where there are any. */
export function wrapCells(line: CellLine, room: number): Cell[][] {
  const lines: Cell[][] = [];
  let rest = [...line];
  while (widthOfCells(rest) > room) {
    let width = 0;
    let end = 0;
    let blank = -1;
    for (const [index, cell] of rest.entries()) {
      width += cell.width;
      if (width > room && end === 0) {
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

/** A line as text in exactly `width` cells, plain parts dressed by `paint`. */
export function paintCells(
  cells: CellLine,
  width: number,
  style: Style,
  paint: Paint = (text) => text,
  align: 'left' | 'center' = 'left',
): string {
  const free = Math.max(width - widthOfCells(cells), 0);
  const before = align === 'center' ? Math.floor(free / 2) : 0;
  return ' '.repeat(before) + runsOf(cells, style, paint) + ' '.repeat(free - before);
}

function runsOf(cells: CellLine, style: Style, paint: Paint): string {
  const paints: Record<Mark, Paint> = { plain: paint, value: style.underline, open: style.yellow };
  let text = '';
  for (let begin = 0; begin < cells.length; ) {
    const mark = cells[begin]?.mark ?? 'plain';
    const next = cells.findIndex((cell, index) => index > begin && cell.mark !== mark);
    const end = next < 0 ? cells.length : next;
    const run = cells.slice(begin, end).map((cell) => cell.text);
    text += paints[mark](run.join(''));
    begin = end;
  }
  return text;
}
