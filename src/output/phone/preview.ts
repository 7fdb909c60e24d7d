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
import { measureWidth } from '../width.ts';
import {
  type Block,
  buildTextBlock,
  type DrawOptions,
  drawFrame,
  footRule,
  frameCells,
  rule,
  stack,
} from './frame.ts';
import { buildImageBlock } from './image.ts';

/** Maximum width of a message in cells, as on a phone. */
const maxMessageCells = 44;

/** Minimum width of a card in cells: cards that would be narrower are drawn below each other. */
const minCardCells = 24;

/** Cells between two cards. */
const cardGap = 2;

/**
 * Draws a message as on a phone, in lines of at most `columns` cells. Values are marked; placeholders without a value
 * stay as written.
 */
export function drawMessage(
  channel: TemplateChannel,
  content: TemplateContent,
  values: Variables,
  columns: number,
  style: Style,
): string[] {
  const options = { style, values };
  const width = Math.max(Math.min(columns, maxMessageCells), frameCells + 4);
  const { cards, buttons, fallbackSms } = content;
  const bubble = buildBubble(content, channel, options);
  return [
    ...(bubble ? drawFitted(bubble, width, style) : []),
    ...drawCards(cards, columns, options).flatMap((row, index) => (index > 0 ? ['', ...row] : row)),
    ...(channel === 'rcs' ? drawChips(buttons, width, options) : []),
    ...(fallbackSms === null
      ? []
      : [
          '',
          style.dim('SMS where RCS is not available:'),
          ...drawFitted(buildTextBlock(fallbackSms.text, options), width, style),
        ]),
  ].map((line) => line.trimEnd());
}

function buildBubble(
  { header, media, text, footer, buttons }: TemplateContent,
  channel: TemplateChannel,
  options: DrawOptions,
) {
  const { style } = options;
  const blocks = [
    ...(media ? [buildPicture(media, options), ...((header ?? text ?? footer) ? [rule] : [])] : []),
    ...(header === null ? [] : [buildTextBlock(header, options, style.bold)]),
    ...(text === null ? [] : [buildTextBlock(text, options)]),
    ...(footer === null ? [] : [buildTextBlock(footer, options, style.dim)]),
  ];
  if (blocks.length === 0) return undefined;
  return stack([...blocks, ...(channel === 'whatsapp' ? buildButtons(buttons, options) : [])]);
}

/** Draws a frame that is no wider than its content. */
function drawFitted(block: Block, width: number, style: Style): string[] {
  return drawFrame(block, Math.min(block.wanted + frameCells, width), style);
}

/** Draws the cards side by side as far as they fit, in rows of equal height. */
function drawCards(cards: readonly Card[], columns: number, options: DrawOptions): string[][] {
  const maxAcross = Math.max(Math.floor((columns + cardGap) / (minCardCells + cardGap)), 1);
  const across = Math.min(cards.length, maxAcross);
  if (across === 0) return [];
  const width = Math.min(Math.floor((columns + cardGap) / across) - cardGap, maxMessageCells);
  const blocks = cards.map((card) => buildCardBlock(card, options));
  const rows = Array.from({ length: Math.ceil(cards.length / across) }, (_, index) =>
    blocks.slice(index * across, (index + 1) * across),
  );
  return rows.map((row) => {
    const drawn = (height = 0) =>
      row.map((block) => drawFrame(block, Math.max(width, frameCells + 4), options.style, height));
    const height = Math.max(...drawn().map((lines) => lines.length));
    const [first = [], ...others] = drawn(height);
    return first.map((line, index) =>
      [line, ...others.map((lines) => lines[index])].join(' '.repeat(cardGap)),
    );
  });
}

function buildCardBlock({ title, description, media, buttons }: Card, options: DrawOptions): Block {
  const texts = [
    ...(title === null ? [] : [buildTextBlock(title, options, options.style.bold)]),
    ...(description === null ? [] : [buildTextBlock(description, options)]),
  ];
  return stack([
    ...(media ? [buildPicture(media, options), ...(texts.length > 0 ? [rule] : [])] : []),
    ...texts,
    ...buildButtons(buttons, options),
  ]);
}

/** Builds the buttons at the foot of a message or a card. */
function buildButtons(buttons: readonly Button[], options: DrawOptions): Block[] {
  return buttons.flatMap(({ text }) => [
    footRule,
    buildTextBlock(text, options, options.style.cyan, 'center'),
  ]);
}

function buildPicture(media: Media, { style, values }: DrawOptions): Block {
  const nothing = { header: null, text: null, footer: null, cards: [], buttons: [], fallbackSms: null };
  return buildImageBlock(renderContent({ ...nothing, media }, values).media ?? media, style);
}

/** Draws suggestions below a text, in lines. */
function drawChips(buttons: readonly Button[], maxWidth: number, options: DrawOptions): string[] {
  const lines: string[] = [];
  for (const { text } of buttons) {
    const block = buildTextBlock(text, options, options.style.cyan);
    const chipWidth = Math.min(block.wanted, maxWidth - 4);
    for (const row of block.rows(chipWidth)) {
      const chip = row.kind === 'line' ? `( ${row.draw(chipWidth)} )` : '';
      const last = lines.at(-1);
      if (last !== undefined && measureWidth(last) + 1 + measureWidth(chip) <= maxWidth)
        lines[lines.length - 1] = `${last} ${chip}`;
      else lines.push(chip);
    }
  }
  return lines;
}
