import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Variables } from '../../message/placeholders.ts';
import {
  type Button,
  type Card,
  type Media,
  renderContent,
  type TemplateContent,
} from '../../message/template.ts';
import type { Style } from '../style.ts';
import { widthOf } from '../width.ts';
import { type Block, type DrawOptions, footRule, frame, frameRoom, rule, stack, textBlock } from './frame.ts';
import { imageBlock } from './image.ts';

/** Cells of a message at most, as on a phone. */
const widest = 44;

/** Cells below which a card is hard to read: narrower ones go one below the other. */
const narrowest = 24;

/** Cells between two cards. */
const gap = 2;

/**
 * Draws a message as a phone would show it, in lines of at most `columns` cells: values marked, places without a
 * value as they are written.
 */
export function drawMessage(
  channel: TemplateChannel,
  content: TemplateContent,
  values: Variables,
  columns: number,
  style: Style,
): string[] {
  const pencil = { style, values };
  const room = Math.max(Math.min(columns, widest), frameRoom + 4);
  const { cards, buttons, fallbackSms } = content;
  const bubble = bubbleOf(content, channel, pencil);
  return [
    ...(bubble ? fitted(bubble, room, style) : []),
    ...inRows(cards, columns, pencil).flatMap((row, index) => (index > 0 ? ['', ...row] : row)),
    ...(channel === 'rcs' ? chips(buttons, room, pencil) : []),
    ...(fallbackSms === null
      ? []
      : [
          '',
          style.dim('where there is no RCS, by SMS:'),
          ...fitted(textBlock(fallbackSms.text, pencil), room, style),
        ]),
  ].map((line) => line.trimEnd());
}

function bubbleOf(
  { header, media, text, footer, buttons }: TemplateContent,
  channel: TemplateChannel,
  pencil: DrawOptions,
) {
  const { style } = pencil;
  const blocks = [
    ...(media ? [pictured(media, pencil), ...((header ?? text ?? footer) ? [rule] : [])] : []),
    ...(header === null ? [] : [textBlock(header, pencil, style.bold)]),
    ...(text === null ? [] : [textBlock(text, pencil)]),
    ...(footer === null ? [] : [textBlock(footer, pencil, style.dim)]),
  ];
  if (blocks.length === 0) return undefined;
  return stack([...blocks, ...(channel === 'whatsapp' ? pressable(buttons, pencil) : [])]);
}

/** A frame no wider than what is in it. */
function fitted(block: Block, room: number, style: Style): string[] {
  return frame(block, Math.min(block.wanted + frameRoom, room), style);
}

/** The cards, as many side by side as there is room for, in rows of one height. */
function inRows(cards: readonly Card[], columns: number, pencil: DrawOptions): string[][] {
  const most = Math.max(Math.floor((columns + gap) / (narrowest + gap)), 1);
  const across = Math.min(cards.length, most);
  if (across === 0) return [];
  const width = Math.min(Math.floor((columns + gap) / across) - gap, widest);
  const blocks = cards.map((card) => cardBlock(card, pencil));
  const rows = Array.from({ length: Math.ceil(cards.length / across) }, (_, index) =>
    blocks.slice(index * across, (index + 1) * across),
  );
  return rows.map((row) => {
    const drawn = (height = 0) =>
      row.map((block) => frame(block, Math.max(width, frameRoom + 4), pencil.style, height));
    const height = Math.max(...drawn().map((lines) => lines.length));
    const [first = [], ...others] = drawn(height);
    return first.map((line, index) => [line, ...others.map((lines) => lines[index])].join(' '.repeat(gap)));
  });
}

function cardBlock({ title, description, media, buttons }: Card, pencil: DrawOptions): Block {
  const texts = [
    ...(title === null ? [] : [textBlock(title, pencil, pencil.style.bold)]),
    ...(description === null ? [] : [textBlock(description, pencil)]),
  ];
  return stack([
    ...(media ? [pictured(media, pencil), ...(texts.length > 0 ? [rule] : [])] : []),
    ...texts,
    ...pressable(buttons, pencil),
  ]);
}

/** Buttons at the foot of a message or a card. */
function pressable(buttons: readonly Button[], pencil: DrawOptions): Block[] {
  return buttons.flatMap(({ text }) => [footRule, textBlock(text, pencil, pencil.style.cyan, 'center')]);
}

function pictured(media: Media, { style, values }: DrawOptions): Block {
  const nothing = { header: null, text: null, footer: null, cards: [], buttons: [], fallbackSms: null };
  return imageBlock(renderContent({ ...nothing, media }, values).media ?? media, style);
}

/** Suggestions below a text, in lines. */
function chips(buttons: readonly Button[], room: number, pencil: DrawOptions): string[] {
  const lines: string[] = [];
  for (const { text } of buttons) {
    const block = textBlock(text, pencil, pencil.style.cyan);
    const width = Math.min(block.wanted, room - 4);
    for (const row of block.rows(width)) {
      const chip = row.kind === 'line' ? `( ${row.draw(width)} )` : '';
      const last = lines.at(-1);
      if (last !== undefined && widthOf(last) + 1 + widthOf(chip) <= room)
        lines[lines.length - 1] = `${last} ${chip}`;
      else lines.push(chip);
    }
  }
  return lines;
}
