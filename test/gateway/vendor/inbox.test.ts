import { describe, expect, test } from 'vitest';
import { parseConversation, parseConversationMessage } from '../../../src/gateway/vendor/inbox.ts';

const now = Date.parse('2026-11-24T03:00:00Z');
const at = '2026-11-24T02:59:00Z';
const entry = { id: 1001, direction: 'INBOUND', timestamp: at };

describe('the text of a message', () => {
  test.each([
    [{ text: 'Ciao' }, 'Ciao'],
    [{ body: 'Ciao' }, 'Ciao'],
    [{ content: 'Ciao' }, 'Ciao'],
    [{ content: { text: 'Ciao' } }, 'Ciao'],
    [{ content: { type: 'TEXT', text: 'Ciao' } }, 'Ciao'],
    [{ content: { body: 'Ciao' } }, 'Ciao'],
    [{ content: { type: 'TEXT', body: { text: 'Ciao' } } }, 'Ciao'],
    [{ content: { type: 'text', text: { body: 'Ciao' } } }, 'Ciao'],
    [{ content: { message: { content: { text: 'Ciao' } } } }, 'Ciao'],
    [{ text: { body: 'Ciao' } }, 'Ciao'],
    [{ body: { type: 'TEXT', body: { text: 'Ciao' } } }, 'Ciao'],
    [{ message: { text: 'Ciao' } }, 'Ciao'],
    [
      {
        content: [
          { type: 'text', text: 'Ciao' },
          { type: 'text', text: 'bella' },
        ],
      },
      'Ciao\nbella',
    ],
    [{ content: { type: 'image', caption: 'Ciao', url: 'https://x' } }, 'Ciao'],
    [{ content: { type: 'CARD', body: { title: 'Ciao', description: 'bella' } } }, 'Ciao'],
    [{ text: '', content: { text: 'Ciao' } }, 'Ciao'],
    [{ text: null, content: 7 }, '7'],
    [{ content: { type: 'IMAGE', url: 'https://x' } }, '[image]'],
    [{ content: {}, messageType: 'AUDIO' }, '[audio]'],
    [{ content: '', type: 'sticker' }, '[sticker]'],
    [{ content: {} }, '[message]'],
    [{ content: [] }, '[message]'],
    [{ content: null }, '[message]'],
    [{}, '[message]'],
  ])('%j', (fields, text) => {
    expect(parseConversationMessage({ ...entry, ...fields }, now)).toEqual({
      id: '1001',
      direction: 'in',
      text,
      status: null,
      at: Date.parse(at),
    });
    if (!text.startsWith('['))
      expect(
        parseConversation({ chatId: 'c', channel: 'SMS', phone: '+393901234567', lastMessage: fields }),
      ).toMatchObject({ last: text });
  });

  test.each([{}, null, 1, [], { content: {} }, { direction: 'INBOUND', timestamp: at }])(
    '%j is no message',
    (value) => {
      expect(parseConversationMessage(value, now)).toBeUndefined();
    },
  );
});

test.each([undefined, null, '', 'soon', {}, []])(
  'a message whose time is %j tells nothing about the window',
  (timestamp) => {
    expect(parseConversationMessage({ ...entry, text: 'Ciao', timestamp }, now)).toMatchObject({
      at: now,
      isInconclusive: true,
    });
  },
);
