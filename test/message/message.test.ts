import { expect, test } from 'vitest';
import type { MessageInput } from '../../src/message/compose.ts';
import { countSmsParts } from '../../src/message/message.ts';
import { compose, messageInput } from '../support/messages.ts';

const text = 'Hello';
const template = 'template_123';

test.each<[string, Partial<MessageInput>, object]>([
  ['text by SMS', { text }, { chain: ['sms'], text, template: null, sender: null, simulation: false }],
  ['text by WhatsApp', { channel: 'whatsapp', text }, { chain: ['whatsapp'], text, template: null }],
  [
    'template by WhatsApp',
    { channel: 'whatsapp', template, variables: { name: 'Ada' } },
    { chain: ['whatsapp'], text: null, template, variables: { name: 'Ada' } },
  ],
  ['template by RCS', { channel: 'rcs', template }, { chain: ['rcs'], text: null, template }],
  [
    'the full fallback chain',
    { channel: 'whatsapp', fallback: true, template, text },
    { chain: ['whatsapp', 'rcs', 'sms'], text, template },
  ],
  [
    'the fallback chain from RCS',
    { channel: 'rcs', fallback: true, template, text },
    { chain: ['rcs', 'sms'] },
  ],
  [
    'variables are used in the text',
    { text: 'Hi {name}', variables: { name: '{x}' } },
    { text: 'Hi {x}', variables: {} },
  ],
  [
    'variables are used in both template and text',
    {
      channel: 'whatsapp',
      fallback: true,
      template,
      text: 'Hi {name}',
      variables: { name: 'Ada', more: 'x' },
    },
    { text: 'Hi Ada', variables: { name: 'Ada', more: 'x' } },
  ],
  ['the longest text of an SMS', { text: 'a'.repeat(255 * 153) }, { chain: ['sms'] }],
  [
    'a longer text by WhatsApp',
    { channel: 'whatsapp', text: 'a'.repeat(255 * 153 + 1) },
    { chain: ['whatsapp'] },
  ],
])('%s', (_, part, message) => {
  expect(compose(messageInput(part))).toMatchObject(message);
});

test.each<[string, Partial<MessageInput>]>([
  ['fallback.last', { text, fallback: true }],
  ['template.not-sms', { template }],
  ['template.missing', { channel: 'rcs', text }],
  ['template.missing', { channel: 'rcs', fallback: true, text }],
  ['text.twice', { channel: 'whatsapp', text, template }],
  ['text.twice', { channel: 'rcs', text, template }],
  ['text.missing', {}],
  ['text.missing', { channel: 'whatsapp' }],
  ['text.empty', { text: '' }],
  ['text.empty', { text: ' \n\t ' }],
  ['text.empty', { text: '{a}', variables: { a: ' ' } }],
  ['text.not-unicode', { text: 'half \uD83D' }],
  ['placeholder.missing', { text: 'Hi {name}' }],
  ['placeholder.unknown', { text, variables: { name: 'Ada' } }],
  ['text.too-long', { text: 'a'.repeat(255 * 153 + 1) }],
  ['text.too-long', { text: 'ж'.repeat(255 * 67 + 1) }],
  ['text.too-long', { channel: 'whatsapp', fallback: true, template, text: 'a'.repeat(255 * 153 + 1) }],
])('refuses with %s', (code, part) => {
  expect(() => compose(messageInput(part))).toThrow(expect.objectContaining({ kind: 'usage', code }));
});

test.each<[Partial<MessageInput>, number | null]>([
  [{ text: 'a'.repeat(161) }, 2],
  [{ channel: 'whatsapp', text }, null],
  [{ channel: 'rcs', fallback: true, template }, null],
  [{ channel: 'rcs', fallback: true, template, text }, 1],
])('counts SMS parts of %j', (part, parts) => {
  expect(countSmsParts(compose(messageInput(part)))?.parts ?? null).toBe(parts);
});
