import type { Variables } from '../../message/placeholders.ts';
import { splitPieces } from '../../message/placeholders.ts';
import type { Style } from '../style.ts';
import { measureCells, paintCells, toCells, wrapCells } from './cells.ts';

/** Options of a drawing. */
export interface DrawOptions {
  style: Style;
  values: Variables;
}

/**
 * A line of a drawing, drawn at the requested width. A rule is a horizontal line; `foot` marks the start of the foot.
 */
export type FrameRow = { kind: 'rule'; foot: boolean } | { kind: 'line'; draw(width: number): string };

/** Lines that are laid out when the width is known. */
export interface Block {
  /** Width of the longest line without wrapping. */
  wanted: number;
  rows(width: number): FrameRow[];
}

type Paint = (text: string) => string;

/** Builds a block of wrapped text with its values. */
export function buildTextBlock(
  text: string,
  { style, values }: DrawOptions,
  paint?: Paint,
  align?: 'left' | 'center',
): Block {
  const lines = toCells(splitPieces(text, values), style);
  return {
    wanted: Math.max(...lines.map(measureCells)),
    rows: (width) =>
      lines
        .flatMap((line) => wrapCells(line, width))
        .map((line) => ({ kind: 'line', draw: (room) => paintCells(line, room, style, paint, align) })),
  };
}

/** A horizontal line. */
export const rule: Block = { wanted: 0, rows: () => [{ kind: 'rule', foot: false }] };

/** A horizontal line at the start of the foot, which holds buttons. */
export const footRule: Block = { wanted: 0, rows: () => [{ kind: 'rule', foot: true }] };

/** Stacks blocks vertically. */
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

/** Cells of a line that a frame and its padding take. */
export const frameCells = 4;

/** Draws a frame around a block, `width` cells wide and at least `height` lines high. */
export function drawFrame(block: Block, width: number, style: Style, height = 0): string[] {
  const { top, rule, bottom, side } = lines[style.unicode ? 'unicode' : 'ascii'];
  const inside = width - frameCells;
  const across = ([left = '', line = '', right = '']: string) =>
    style.dim(left + line.repeat(width - 2) + right);
  const rows = block.rows(inside);
  const border = style.dim(side);
  const body = rows.map((row) =>
    row.kind === 'rule' ? across(rule) : `${border} ${row.draw(inside)} ${border}`,
  );
  const blank = `${border} ${' '.repeat(inside)} ${border}`;
  const filler = Array.from({ length: Math.max(height - body.length - 2, 0) }, () => blank);
  const foot = rows.findIndex((row) => row.kind === 'rule' && row.foot);
  const at = foot < 0 ? body.length : foot;
  return [across(top), ...body.slice(0, at), ...filler, ...body.slice(at), across(bottom)];
}
