import { describe, expect, test } from 'vitest';
import { readTemplate } from '../../../src/gateway/vendor/template-reader.ts';
import type { TemplateChannel } from '../../../src/message/channels/channel.ts';
import type { TemplateContent } from '../../../src/message/template.ts';
import { drawMessage } from '../../../src/output/phone/preview.ts';
import { measureWidth } from '../../../src/output/width.ts';
import { builtIn } from '../../../src/sandbox/templates/templates.ts';
import { styleOf, utf8 } from '../screen.ts';

const readBuiltIn = (id: string, channel: TemplateChannel): TemplateContent => {
  const template = builtIn.find((one) => one.id === id);
  const found = readTemplate(channel, { id, ...template?.[channel] })?.content;
  if (!found) throw new Error(`no ${id} on ${channel}`);
  return found;
};

const withText = (text: string, more: Partial<TemplateContent> = {}): TemplateContent => ({
  ...readBuiltIn('template_123', 'rcs'),
  text,
  ...more,
});

const draw = async (
  what: TemplateContent,
  {
    values = {},
    columns = 80,
    color = false,
    env = utf8 as NodeJS.ProcessEnv,
    channel = 'rcs' as TemplateChannel,
  } = {},
) => drawMessage(channel, what, values, columns, await styleOf({ color }, env));

test('draws a text in a bubble of its width', async () => {
  expect(await draw(withText('Hi {name}, {code}'), { values: { name: 'Mario' } })).toEqual([
    '╭────────────────────╮',
    '│ Hi [Mario], {code} │',
    '╰────────────────────╯',
  ]);
});

test('draws all parts of a WhatsApp message', async () => {
  const values = { 1: 'Mario', 2: '4711' };
  const lines = await draw(readBuiltIn('template_order', 'whatsapp'), {
    values,
    columns: 40,
    channel: 'whatsapp',
  });
  expect(lines).toEqual([
    '╭──────────────────────────────────────╮',
    '│ Your order                           │',
    '│ Hello [Mario], order [4711] has left │',
    '│ our warehouse.                       │',
    '│ Reply STOP to hear no more           │',
    '├──────────────────────────────────────┤',
    '│               Track it               │',
    '├──────────────────────────────────────┤',
    '│               Call me                │',
    '╰──────────────────────────────────────╯',
  ]);
});

test('draws frames and pictures in ASCII', async () => {
  const lines = await draw(readBuiltIn('template_card', 'rcs'), { env: { LC_ALL: 'C' } });
  expect(lines.join('\n')).toMatch(/^[ -~\n]+$/);
  expect(lines.join('\n')).toContain(': spring.jpg :');
});

test.each([
  ['SHORT', 3],
  ['MEDIUM', 5],
  ['TALL', 8],
  ['unknown', 5],
])('draws a %s picture with %i lines', async (height, count) => {
  const body = { card: { title: 'Hats', media: { height, fileUrl: 'https://x/a/h%20t.jpg?x=1' } } };
  const card = readTemplate('rcs', { id: '1', type: 'CARD', body })?.content as TemplateContent;
  const lines = await draw(card);
  expect(lines.filter((line) => line.includes('░'))).toHaveLength(count);
  expect(lines.join('')).toContain(' h t.jpg ');
});

describe('a carousel', () => {
  const countTops = (lines: string[]) =>
    lines.filter((line) => line.includes('╭')).map((line) => line.split('╭').length - 1);
  test.each([
    [200, [3]],
    [80, [3]],
    [60, [2, 1]],
    [40, [1, 1, 1]],
  ])('at %i columns', async (columns, rows) => {
    const lines = await draw(readBuiltIn('template_carousel', 'rcs'), { columns });
    expect(countTops(lines)).toEqual(rows);
    expect(Math.max(...lines.map(measureWidth))).toBeLessThanOrEqual(columns);
  });

  test('draws cards in a row at equal height with buttons at the bottom', async () => {
    const short = readBuiltIn('template_carousel', 'rcs');
    const [first, ...others] = short.cards;
    const cards = [
      { ...first, description: 'A long text. '.repeat(8) },
      ...others,
    ] as TemplateContent['cards'];
    const lines = await draw({ ...short, cards });
    const feet = lines.filter((line) => line.includes('Look'));
    expect(feet).toHaveLength(1);
    expect(feet[0]?.match(/Look/g)).toHaveLength(3);
    expect(lines.at(-1)).toMatch(/^╰─+╯ {2}╰─+╯ {2}╰─+╯$/);
  });
});

test('draws suggestions below a text as chips', async () => {
  const chip = (text: string) => ({ kind: 'reply' as const, text, target: null });
  const lines = await draw(
    withText('Well?', { buttons: ['Yes', 'No', 'Perhaps', 'I cannot say so now'].map(chip) }),
  );
  expect(lines.slice(3)).toEqual(['( Yes ) ( No ) ( Perhaps )', '( I cannot say so now )']);
});

test('draws the SMS text below the message', async () => {
  const values = { name: 'Mario', discount: '10%' };
  const lines = await draw(readBuiltIn('template_card', 'rcs'), { values });
  expect(lines.slice(-5).join('\n')).toMatch(
    /SMS where RCS is not available:\n╭.*\n│ \[Mario\], \[10%\] off until Sunday\. +│\n╰/s,
  );
});

describe('alignment', () => {
  const texts = [
    'Ciao 👨‍👩‍👧‍👦 famiglia, 日本語のテキストはとても幅が広いです',
    'x'.repeat(300),
    '日'.repeat(200),
    'one\ntwo\r\nthree\n\nfive',
    '  leading and trailing  ',
    'a\u0301 e\u0301 combining, ไทย and עברית',
    '',
  ];
  test.each([8, 20, 40, 80, 200])('at %i columns', async (columns) => {
    for (const text of texts)
      for (const color of [false, true]) {
        const lines = await draw(withText(`${text} {a}`), { columns, color, values: { a: text } });
        const widths = new Set(lines.map(measureWidth));
        expect([text, widths.size]).toEqual([text, 1]);
        expect(Math.max(...widths)).toBeLessThanOrEqual(Math.min(Math.max(columns, 8), 44));
      }
  });
});

test('underlines values in color and removes control characters', async () => {
  const hostile = '\u001b[31mred\u001b]0;title\u0007\u202e';
  const lines = (await draw(withText(`${hostile} {a}`), { color: true, values: { a: hostile } })).join('\n');
  expect(lines).toContain('\u001b[4mred\u001b[24m');
  expect(lines).not.toMatch(/\u001b\[31m|\u001b\]|\u0007|\u202e/);
});
