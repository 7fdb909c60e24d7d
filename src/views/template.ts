import type { Context } from '../app/context.ts';
import type { Variables } from '../message/placeholders.ts';
import type { Template } from '../message/template.ts';
import type { Column } from '../output/columns.ts';
import { type Style, styleFor } from '../output/style.ts';

/** Columns of a template. */
export const templateColumns: readonly Column<Template>[] = [
  { key: 'id', summary: 'id of the template', value: ({ id }) => id },
  { key: 'name', summary: 'name of the template', value: ({ name }) => name },
  { key: 'channel', summary: 'rcs or whatsapp', value: ({ channel }) => channel },
  {
    key: 'status',
    summary: 'approved, pending, rejected, or unknown if the gateway does not report it',
    value: ({ status }) => status,
    show: ({ status }, style) => renderStatus(status, style),
  },
  { key: 'language', summary: 'language, or null', value: ({ language }) => language },
  { key: 'category', summary: 'WhatsApp category, or null', value: ({ category }) => category },
  {
    key: 'placeholders',
    summary: 'names of the placeholders, in order',
    value: ({ placeholders }) => placeholders,
    show: ({ placeholders }) => placeholders.join(', '),
  },
  {
    key: 'description',
    summary: 'description, or null',
    value: ({ description }) => description,
    inTable: false,
  },
  {
    key: 'presets',
    summary: 'default values of placeholders; sandbox only',
    value: ({ presets }) => presets,
    inTable: false,
  },
  {
    key: 'content',
    summary: 'header, text, footer, media, cards, buttons and fallback SMS',
    value: ({ content }) => content,
    inTable: false,
  },
];

/** Returns the columns that fit in a line of `width` cells. */
export function templateKeys(width: number): string[] {
  const minimum = ['id', 'channel', 'status'];
  if (width < 60) return minimum;
  if (width < 90) return ['id', 'name', 'channel', 'status', 'placeholders'];
  return ['id', 'name', 'channel', 'status', 'language', 'category', 'placeholders'];
}

function renderStatus(status: Template['status'], { green, red, yellow, dim, symbols }: Style): string {
  switch (status) {
    case 'approved':
      return green(`${symbols.ok} ${status}`);
    case 'rejected':
      return red(`${symbols.bad} ${status}`);
    case 'pending':
      return yellow(`${symbols.wait} ${status}`);
    case 'unknown':
      return dim(`${symbols.skip} ${status}`);
  }
}

/** Renders a template as a phone would show it; a single line if the gateway does not report its content. */
export async function renderTemplate(
  { channel, content }: Template,
  values: Variables,
  { io }: Context,
): Promise<string> {
  const style = await styleFor(io.stdout);
  if (content === null) return `${style.dim('the gateway does not report its content')}\n`;
  const { drawMessage } = await import('../output/phone/preview.ts');
  return drawMessage(channel, content, values, io.stdout.columns, style)
    .map((line) => `${line}\n`)
    .join('');
}
