import { describe, expect, test } from 'vitest';
import { detectTemplateChannel, validateTemplate } from '../../src/message/template-schema.ts';
import { builtIn } from '../../src/sandbox/templates/templates.ts';

const url = { type: 'url', text: 'Shop', url: { url: 'https://example.com/{code}' } };
const media = { height: 'TALL', fileUrl: 'https://example.com/a.jpg' };
const card = { title: 'Hats', description: 'New', media, suggestions: [url] };
const valid = { name: 'offer', description: 'An offer', type: 'TEXT', body: { text: 'Hi {name}' } };
const carousel = (cards: unknown) => ({ ...valid, type: 'CAROUSEL', body: { cardWidth: 'MEDIUM', cards } });
const withSuggestions = (...suggestions: unknown[]) => ({ ...valid, body: { text: 'Hi', suggestions } });

describe('valid RCS templates', () => {
  test.each<[string, unknown]>([
    ['text', valid],
    ['a nested card', { ...valid, type: 'CARD', body: { cardOrientation: 'VERTICAL', card } }],
    ['a flat card', { ...valid, type: 'CARD', body: { title: 'a', description: 'b' } }],
    ['a carousel', carousel([card, card])],
    ['ten cards', carousel(Array(10).fill(card))],
    [
      'every kind of suggestion',
      withSuggestions(
        { type: 'reply', text: 'Yes' },
        { type: 'dial', text: 'Call', dial: { phoneNumber: '+39 390 1234567' } },
        { type: 'location', text: 'Where' },
        { type: 'calendar', text: 'Save', calendar: { title: 'x' } },
      ),
    ],
    ['24 characters', withSuggestions({ type: 'reply', text: 'é'.repeat(24) })],
    ['fallback', { ...valid, body: { text: 'x', fallbackSms: { sender: 'ACME', text: 'x' } } }],
    ['undocumented fields', { ...valid, agentId: 10, trackLinks: true }],
  ])('%s', (_, body) => expect(validateTemplate('rcs', body, 'create')).toEqual([]));
});

describe('invalid RCS templates are reported with the path', () => {
  test.each<[unknown, string[]]>([
    [null, ['the file: must be an object']],
    [[], ['the file: must be an object']],
    [{}, ['name: is missing', 'description: is missing', 'type: is missing', 'body: is missing']],
    [{ ...valid, name: ' ' }, ['name: is empty']],
    [{ ...valid, name: 5 }, ['name: must be text']],
    [{ ...valid, type: 'CARDS' }, ['type: "CARDS" is not one of TEXT, CARD, CAROUSEL; did you mean CARD?']],
    [{ ...valid, body: 'Hi' }, ['body: must be an object']],
    [{ ...valid, body: {} }, ['body.text: is missing']],
    [{ ...valid, body: { text: '' } }, ['body.text: is empty']],
    [{ ...valid, body: { text: '\ud800' } }, [expect.stringContaining('half of a character') as never]],
    [
      { ...valid, body: { text: 'x', fallbackSMS: {} } },
      ['body.fallbackSMS: is unknown; did you mean fallbackSms?'],
    ],
    [
      { ...valid, body: { text: 'x', fallbackSms: {} } },
      ['body.fallbackSms.sender: is missing', 'body.fallbackSms.text: is missing'],
    ],
    [
      { ...valid, body: { text: 'x', fallbackSms: { sender: 'MY SHOP', text: 'x' } } },
      ['body.fallbackSms.sender: "MY SHOP" is not a sender ID'],
    ],
    [carousel([card]), ['body.cards: has 1 cards, 2 to 10 are allowed']],
    [carousel(Array(11).fill(card)), ['body.cards: has 11 cards, 2 to 10 are allowed']],
    [carousel({}), ['body.cards: must be a list of cards']],
    [
      carousel([card, card, { ...card, suggestions: [{ ...url, text: 'x'.repeat(25) }] }]),
      ['body.cards[2].suggestions[0].text: has 25 characters, a label must be under 25'],
    ],
    [carousel([card, {}]), ['body.cards[1]: needs a title, a description or media']],
    [
      carousel([card, { title: 'a', media: { fileUrl: 'http://x/a.jpg' } }]),
      ['body.cards[1].media.height: is missing', 'body.cards[1].media.fileUrl: must be an https address'],
    ],
    [
      carousel([card, { title: 'a', media: { ...media, height: 'HUGE' } }]),
      ['body.cards[1].media.height: "HUGE" is not one of SHORT, MEDIUM, TALL'],
    ],
    [withSuggestions(), ['body.suggestions: has 0 suggestions, 1 to 4 are allowed']],
    [withSuggestions(url, url, url, url, url), ['body.suggestions: has 5 suggestions, 1 to 4 are allowed']],
    [withSuggestions({ type: 'url', text: 'x' }), ['body.suggestions[0].url: is missing']],
    [
      withSuggestions({ type: 'url', text: 'x', url: { url: 'example.com' } }),
      ['body.suggestions[0].url.url: must be a web address'],
    ],
    [
      withSuggestions({ type: 'dial', text: 'x', dial: { phoneNumber: '112' } }),
      ['body.suggestions[0].dial.phoneNumber: must be a number like +393901234567'],
    ],
    [
      withSuggestions({ type: 'fax', text: 'x' }),
      ['body.suggestions[0].type: "fax" is not one of reply, url, dial, coordinates, location, calendar'],
    ],
    [withSuggestions('x'), ['body.suggestions[0]: must be an object']],
    [
      withSuggestions({ type: 'constructor', text: 'x' }),
      [expect.stringContaining('suggestions[0].type') as never],
    ],
  ])('%j', (body, faults) => expect(validateTemplate('rcs', body, 'create')).toEqual(faults));
});

const greeting = { name: 'greeting_1', lang: 'it', category: 'UTILITY', body: 'Ciao {name}' };

describe('WhatsApp', () => {
  test.each<[unknown, string[]]>([
    [greeting, []],
    [{ ...greeting, lang: 'en_US', headerText: 'a', footer: 'b' }, []],
    [
      {
        ...greeting,
        buttons: [
          { type: 'QUICK_REPLY', text: 'Yes' },
          { type: 'URL', text: 'Go', url: 'https://example.com/{{1}}' },
          { type: 'PHONE_NUMBER', text: 'Call', phone_number: '+39390' },
        ],
      },
      [],
    ],
    [{}, ['name: is missing', 'lang: is missing', 'category: is missing', 'body: is missing']],
    [{ ...greeting, name: 'Greeting 1' }, ['name: may hold only small letters, digits and _']],
    [{ ...greeting, lang: 'Italian' }, ['lang: must be a language like it or en_US']],
    [
      { ...greeting, category: 'MARKTING' },
      ['category: "MARKTING" is not one of MARKETING, UTILITY, AUTHENTICATION; did you mean MARKETING?'],
    ],
    [{ ...greeting, body: '' }, ['body: is empty']],
    [{ ...greeting, body: 'x'.repeat(1_024), headerText: 'x'.repeat(60), footer: 'x'.repeat(60) }, []],
    [{ ...greeting, body: 'x'.repeat(1_025) }, ['body: has 1025 characters, WhatsApp allows 1024']],
    [{ ...greeting, headerText: 'x'.repeat(61) }, ['headerText: has 61 characters, WhatsApp allows 60']],
    [{ ...greeting, footer: '😀'.repeat(61) }, ['footer: has 61 characters, WhatsApp allows 60']],
    [{ ...greeting, body: { text: 'x' } }, ['body: must be text']],
    [{ ...greeting, buttons: [{ text: 'x' }] }, ['buttons[0].type: is missing']],
    [{ ...greeting, buttons: [{ type: 'URL', text: 'Go' }] }, ['buttons[0].url: is missing']],
    [
      { ...greeting, lang: undefined, language: 'it' },
      ['lang: is missing', 'language: is called lang where a template is written'],
    ],
  ])('%j', (body, faults) => expect(validateTemplate('whatsapp', body, 'create')).toEqual(faults));

  test.each<[unknown, string[]]>([
    [{ footer: 'x' }, []],
    [{}, ['the file: changes nothing']],
    [{ body: '' }, ['body: is empty']],
    [{ name: 'A' }, ['name: may hold only small letters, digits and _']],
  ])('an update of %j', (body, faults) =>
    expect(validateTemplate('whatsapp', body, 'update')).toEqual(faults),
  );
});

test('the sandbox templates are valid', () => {
  for (const { id, name, rcs } of builtIn)
    if (rcs) expect([id, validateTemplate('rcs', { name, ...rcs }, 'create')]).toEqual([id, []]);
});

test.each([
  [valid, 'rcs'],
  [carousel([]), 'rcs'],
  [{ type: 'CARD' }, 'rcs'],
  [{ body: { text: 'x' } }, 'rcs'],
  [greeting, 'whatsapp'],
  [{ footer: 'x' }, 'whatsapp'],
  [{ body: 'x' }, 'whatsapp'],
  [{ name: 'x' }, undefined],
  [[], undefined],
  [null, undefined],
])('detects for %j the channel %s', (body, channel) => expect(detectTemplateChannel(body)).toBe(channel));
