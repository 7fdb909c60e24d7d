import type { Variables } from '../../message/placeholders.ts';
import { splitPieces } from '../../message/template.ts';
import type { Style } from '../style.ts';
import { cellsOf, paintCells, widthOfCells, wrapCells } from './cells.ts';

/** What a drawing is made with. */
export interface DrawOptions {
  style: Style;
  values: Variables;
}

/** A line of a drawing, in as many cells as are asked for. `rule` goes across; where the foot begins, it says so. */
export type FrameRow = { kind: 'rule'; foot: boolean } | { kind: 'line'; draw(width: number): string };

/** Lines of the widths that they need, which are made when the width is known. */
export interface Block {
  /** Cells of the longest line, if nothing is wrapped. */
  wanted: number;
  rows(width: number): FrameRow[];
}

type Paint = (text: string) => string;

/** A text with its values, wrapped. */
export function textBlock(
  text: string,
  { style, values }: DrawOptions,
  paint?: Paint,
  align?: 'left' | 'center',
): Block {
  const lines = cellsOf(splitPieces(text, values), style);
  return {
    wanted: Math.max(...lines.map(widthOfCells)),
    rows: (width) =>
      lines
        .flatMap((line) => wrapCells(line, width))
        .map((line) => ({ kind: 'line', draw: (room) => paintCells(line, room, style, paint, align) })),
  };
}

export const rule: Block = { wanted: 0, rows: () => [{ kind: 'rule', foot: false }] };

/** Above what stays at the bottom, as buttons do. */
export const footRule: Block = { wanted: 0, rows: () => [{ kind: 'rule', foot: true }] };

/** One above the other. */
export function stack(blocks: readonly Block[]): Block {
  return {
    wanted: Math.max(0, ...blocks.map(({ wanted }) => wanted)),
    rows: (width) => blocks.flatMap((block) => block.rows(width)),
  };
}

const lines = {
  unicode: { top: '╭─╮', rule: '├─┤', bottom: '╰─╯', side: '│' },
  ascii: { top: '+-+', rule: '+-+', bottom: '+-+', side: '|' },
} as const;

/** Cells that a frame takes from a line, with the blank on either side. */
export const frameRoom = 4;

/** A frame around a block, `width` cells in all and at least `height` lines high. */
export function frame(block: Block, width: number, style: Style, height = 0): string[] {
  const { top, rule, bottom, side } = lines[style.unicode ? 'unicode' : 'ascii'];
  const inside = width - frameRoom;
  const across = ([left = '', line = '', right = '']: string) =>
    style.dim(left + line.repeat(width - 2) + right);
  const rows = block.rows(inside);
  const wall = style.dim(side);
  const body = rows.map((row) =>
    row.kind === 'rule' ? across(rule) : `${wall} ${row.draw(inside)} ${wall}`,
  );
  const blank = `${wall} ${' '.repeat(inside)} ${wall}`;
  const filler = Array.from({ length: Math.max(height - body.length - 2, 0) }, () => blank);
  const foot = rows.findIndex((row) => row.kind === 'rule' && row.foot);
  const at = foot < 0 ? body.length : foot;
  return [across(top), ...body.slice(0, at), ...filler, ...body.slice(at), across(bottom)];
}
