import { describe, expect, test } from 'vitest';
import { readTemplate } from '../../../src/gateway/partner/template-reader.ts';
import type { TemplateChannel } from '../../../src/message/channels/channel.ts';
import type { TemplateContent } from '../../../src/message/template.ts';
import { drawMessage } from '../../../src/output/phone/preview.ts';
import { measureWidth } from '../../../src/output/width.ts';
import { builtIn } from '../../../src/sandbox/templates/templates.ts';
import { styleOf, utf8 } from '../screen.ts';

const content = (id: string, channel: TemplateChannel): TemplateContent => {
  const template = builtIn.find((one) => one.id === id);
  const found = readTemplate(channel, { id, ...template?.[channel] })?.content;
  if (!found) throw new Error(`no ${id} on ${channel}`);
  return found;
};

const saying = (text: string, more: Partial<TemplateContent> = {}): TemplateContent => ({
  ...content('template_123', 'rcs'),
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

test('a text in a bubble no wider than it', async () => {
  expect(await draw(saying('Hi {name}, {code}'), { values: { name: 'Mario' } })).toEqual([
    '╭────────────────────╮',
    '│ Hi [Mario], {code} │',
    '╰────────────────────╯',
  ]);
});

test('a WhatsApp message with all its parts', async () => {
  const values = { 1: 'Mario', 2: '4711' };
  const lines = await draw(content('template_order', 'whatsapp'), {
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

test('where only ASCII shows, frames and pictures are of ASCII', async () => {
  const lines = await draw(content('template_card', 'rcs'), { env: { LC_ALL: 'C' } });
  expect(lines.join('\n')).toMatch(/^[ -~\n]+$/);
  expect(lines.join('\n')).toContain(': spring.jpg :');
});

test.each([
  ['SHORT', 3],
  ['MEDIUM', 5],
  ['TALL', 8],
  ['unknown', 5],
])('a picture that is %s takes %i lines', async (height, count) => {
  const body = { card: { title: 'Hats', media: { height, fileUrl: 'https://x/a/h%20t.jpg?x=1' } } };
  const card = readTemplate('rcs', { id: '1', type: 'CARD', body })?.content as TemplateContent;
  const lines = await draw(card);
  expect(lines.filter((line) => line.includes('░'))).toHaveLength(count);
  expect(lines.join('')).toContain(' h t.jpg ');
});

describe('a carousel', () => {
  const tops = (lines: string[]) =>
    lines.filter((line) => line.includes('╭')).map((line) => line.split('╭').length - 1);
  test.each([
    [200, [3]],
    [80, [3]],
    [60, [2, 1]],
    [40, [1, 1, 1]],
  ])('on %i columns', async (columns, rows) => {
    const lines = await draw(content('template_carousel', 'rcs'), { columns });
    expect(tops(lines)).toEqual(rows);
    expect(Math.max(...lines.map(measureWidth))).toBeLessThanOrEqual(columns);
  });

  test('cards in a row are of one height, their buttons at the foot', async () => {
    const short = content('template_carousel', 'rcs');
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

test('suggestions below a text are chips in lines', async () => {
  const chip = (text: string) => ({ kind: 'reply' as const, text, target: null });
  const lines = await draw(
    saying('Well?', { buttons: ['Yes', 'No', 'Perhaps', 'I cannot say so now'].map(chip) }),
  );
  expect(lines.slice(3)).toEqual(['( Yes ) ( No ) ( Perhaps )', '( I cannot say so now )']);
});

test('the SMS text stands below the message', async () => {
  const values = { name: 'Mario', discount: '10%' };
  const lines = await draw(content('template_card', 'rcs'), { values });
  expect(lines.slice(-5).join('\n')).toMatch(
    /SMS where RCS is not available:\n╭.*\n│ \[Mario\], \[10%\] off until Sunday\. +│\n╰/s,
  );
});

describe('nothing is askew', () => {
  const texts = [
    'Ciao 👨‍👩‍👧‍👦 famiglia, 日本語のテキストはとても幅が広いです',
    'x'.repeat(300),
    '日'.repeat(200),
    'one\ntwo\r\nthree\n\nfive',
    '  leading and trailing  ',
    'a\u0301 e\u0301 combining, ไทย and עברית',
    '',
  ];
  test.each([8, 20, 40, 80, 200])('on %i columns', async (columns) => {
    for (const text of texts)
      for (const color of [false, true]) {
        const lines = await draw(saying(`${text} {a}`), { columns, color, values: { a: text } });
        const widths = new Set(lines.map(measureWidth));
        expect([text, widths.size]).toEqual([text, 1]);
        expect(Math.max(...widths)).toBeLessThanOrEqual(Math.min(Math.max(columns, 8), 44));
      }
  });
});

test('values are underlined in color, and control characters are removed', async () => {
  const evil = '\u001b[31mred\u001b]0;title\u0007\u202e';
  const lines = (await draw(saying(`${evil} {a}`), { color: true, values: { a: evil } })).join('\n');
  expect(lines).toContain('\u001b[4mred\u001b[24m');
  expect(lines).not.toMatch(/\u001b\[31m|\u001b\]|\u0007|\u202e/);
});
