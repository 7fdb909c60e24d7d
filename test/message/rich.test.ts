import { expect, test } from 'vitest';
import { validateContent } from '../../src/message/content-schema.ts';
import {
  detectMediaKind,
  findRichPlaceholders,
  type RichContent,
  renderRich,
} from '../../src/message/rich.ts';

const card: RichContent = {
  kind: 'object',
  type: 'CARD',
  body: {
    card: {
      title: 'Hi {name}',
      height: 3,
      suggestions: [{ text: '{a}', url: { url: 'https://e.com/{b}' } }],
    },
  },
};

test('values go into every text of a content, and names of fields stay', () => {
  expect([...findRichPlaceholders(card)].sort()).toEqual(['a', 'b', 'name']);
  expect(renderRich(card, { name: 'Ada', a: '1', b: '{name}' })).toEqual({
    kind: 'object',
    type: 'CARD',
    body: {
      card: {
        title: 'Hi Ada',
        height: 3,
        suggestions: [{ text: '1', url: { url: 'https://e.com/{name}' } }],
      },
    },
  });
  expect(() => renderRich(card, {})).toThrow(expect.objectContaining({ code: 'placeholder.missing' }));
});

test.each([
  ['https://e.com/a.JPG', 'image'],
  ['https://e.com/a.png?x=1.mp4', 'image'],
  ['https://e.com/clip.mp4', 'video'],
  ['https://e.com/voice.ogg', 'audio'],
  ['https://e.com/list.pdf', 'document'],
  ['https://e.com/', 'document'],
])('%s is of the kind %s', (url, kind) => {
  expect(detectMediaKind(url)).toBe(kind);
});

const body = { card: { title: 'Hi' } };

test.each<['rcs' | 'whatsapp', unknown, string[]]>([
  ['rcs', { type: 'TEXT', body: { text: 'Hi' } }, []],
  ['rcs', { type: 'CARD', body }, []],
  ['rcs', { type: 'CARD', body: {} }, ['body: needs a title, a description or media']],
  [
    'rcs',
    { type: 'CAROUSEL', body: { cards: [{ title: 'a' }] } },
    ['body.cards: has 1 cards, 2 to 10 are allowed'],
  ],
  ['rcs', { type: 'CRAD', body }, ['type: "CRAD" is not one of TEXT, CARD, CAROUSEL; did you mean CARD?']],
  ['rcs', { body: { text: 'Hi' } }, ['type: is missing']],
  ['rcs', { type: 'TEXT' }, ['body: is missing']],
  ['rcs', 'text', ['the file: must be an object']],
  ['whatsapp', { type: 'TEXT', body: { text: 'Hi' } }, []],
  ['whatsapp', { type: 'IMAGE', body: { anything: 1 } }, []],
  ['whatsapp', { type: 'TEXT', body: {} }, ['body.text: is missing']],
  ['whatsapp', { type: 'IMAGE', body: 'https://e.com' }, ['body: must be an object']],
  ['whatsapp', { type: 'CARD', body }, [expect.stringContaining('type: "CARD" is not one of')]],
])('content for %s: %j', (channel, document, problems) => {
  const found = validateContent(channel, document);
  expect(found.problems).toEqual(problems);
  expect(found.rich === undefined).toBe(problems.length > 0);
});
