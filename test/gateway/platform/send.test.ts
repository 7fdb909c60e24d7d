import { expect, test } from 'vitest';
import { dialect } from '../../../src/gateway/platform/dialect.ts';
import { hintFor } from '../../../src/gateway/platform/refusal-hint.ts';
import { composeMessage, type MessageInput } from '../../../src/message/compose.ts';
import type { Sender } from '../../../src/message/id.ts';
import { messageInput, plan } from '../../support/messages.ts';

const sender = 'Acme' as Sender;
const origin = { sender, agentId: 10, phoneNumberId: '5' };
const media = { kind: 'media', media: 'image', url: 'https://example.com/a.jpg' } as const;

/** Returns path and body of the call that sends a message with these fields. */
function callFor(part: Partial<MessageInput>) {
  const message = composeMessage(messageInput({ ...origin, ...part }), dialect.rules);
  return dialect.send(plan('order-1', { message }));
}

test.each<[what: string, part: Partial<MessageInput>, channel: string, body: object]>([
  ['an SMS', { text: 'Hi' }, 'sms', { sender, body: 'Hi' }],
  [
    'an SMS that stays one',
    { text: 'Hi', smsOnly: true },
    'sms',
    { sender, body: 'Hi', skipRcsOverride: true },
  ],
  ['a simulation', { text: 'Hi', simulation: true }, 'sms', { sender, body: 'Hi', simulation: true }],
  [
    'a text with values, which are not sent again',
    { text: 'Hi {a}', variables: { a: '{b}' } },
    'sms',
    { sender, body: 'Hi {b}' },
  ],
  [
    'a planned SMS in UTC, in the form of the vendor',
    { text: 'Hi', scheduledAt: Date.UTC(2026, 3, 10, 6, 0, 0, 7) },
    'sms',
    { sender, body: 'Hi', scheduledDate: '2026-04-10 06:00:00.007+0000' },
  ],
  ['a campaign', { text: 'Hi', campaign: 'May' }, 'sms', { sender, body: 'Hi', campaignId: 'May' }],
  [
    'a long label, cut by characters',
    { text: 'Hi', campaign: '🙂'.repeat(256) },
    'sms',
    { sender, body: 'Hi', campaignId: '🙂'.repeat(255) },
  ],
  [
    'a template on RCS',
    { channel: 'rcs', template: '7', variables: { name: 'Ada' } },
    'rcs',
    { agentId: 10, templateId: 7, placeholders: { name: 'Ada' } },
  ],
  [
    'a text on RCS',
    { channel: 'rcs', text: 'Hi' },
    'rcs',
    { agentId: 10, body: { type: 'TEXT', body: { text: 'Hi' } } },
  ],
  [
    'a text on RCS, then SMS',
    { channel: 'rcs', fallback: true, text: 'é'.repeat(161) },
    'rcs',
    {
      agentId: 10,
      body: { type: 'TEXT', body: { text: 'é'.repeat(161), fallbackSms: { sender, text: 'é'.repeat(161) } } },
      maxSmsParts: 2,
    },
  ],
  [
    'a template on RCS, then its own SMS',
    { channel: 'rcs', fallback: true, template: '7', text: 'x'.repeat(161) },
    'rcs',
    { agentId: 10, templateId: 7, maxSmsParts: 2 },
  ],
  [
    'the same without a text',
    { channel: 'rcs', fallback: true, template: '7' },
    'rcs',
    { agentId: 10, templateId: 7, maxSmsParts: 10 },
  ],
  [
    'content with its own SMS',
    {
      channel: 'rcs',
      fallback: true,
      text: 'ours',
      rich: {
        kind: 'object',
        type: 'TEXT',
        body: { text: 'Hi', fallbackSms: { sender: 'Own', text: 'theirs' } },
      },
    },
    'rcs',
    {
      agentId: 10,
      body: { type: 'TEXT', body: { text: 'Hi', fallbackSms: { sender: 'Own', text: 'theirs' } } },
      maxSmsParts: 1,
    },
  ],
  [
    'an image on RCS',
    { channel: 'rcs', text: 'Look', rich: media },
    'rcs',
    {
      agentId: 10,
      body: {
        type: 'CARD',
        body: {
          cardOrientation: 'VERTICAL',
          thumbnailAlignment: 'LEFT',
          card: { description: 'Look', media: { height: 'MEDIUM', fileUrl: media.url } },
        },
      },
    },
  ],
  [
    'a template on WhatsApp',
    { channel: 'whatsapp', template: '42', variables: { 1: 'Ada' } },
    'whatsapp',
    { phoneNumberId: 5, template: { id: 42 }, placeholders: { 1: 'Ada' } },
  ],
  [
    'a number with an id of letters',
    { channel: 'whatsapp', template: '42', phoneNumberId: 'waba-num-001' },
    'whatsapp',
    { phoneNumberId: 'waba-num-001', template: { id: 42 } },
  ],
  [
    'an id that a number cannot hold',
    { channel: 'whatsapp', template: '42', phoneNumberId: '12345678901234567890' },
    'whatsapp',
    { phoneNumberId: '12345678901234567890', template: { id: 42 } },
  ],
  [
    'a text on WhatsApp',
    { channel: 'whatsapp', text: 'Hi' },
    'whatsapp',
    { phoneNumberId: 5, body: { type: 'TEXT', body: { text: 'Hi' } } },
  ],
  [
    'an image on WhatsApp',
    { channel: 'whatsapp', text: 'Look', rich: media },
    'whatsapp',
    { phoneNumberId: 5, body: { type: 'IMAGE', body: { fileUrl: media.url, caption: 'Look' } } },
  ],
  [
    'a chain with the text on RCS',
    { channel: 'whatsapp', fallback: true, template: '42', variables: { 1: 'Ada' }, text: 'Hi' },
    'whatsapp',
    {
      phoneNumberId: 5,
      template: { id: 42 },
      placeholders: { 1: 'Ada' },
      fallbackRcs: { agentId: 10, body: { type: 'TEXT', body: { text: 'Hi' } } },
      fallbackSms: { sender, text: 'Hi' },
    },
  ],
  [
    'a chain with a template of its own on RCS',
    {
      channel: 'whatsapp',
      fallback: true,
      template: '42',
      rcsTemplate: '7',
      variables: { name: 'Ada' },
      text: 'Hi',
    },
    'whatsapp',
    {
      phoneNumberId: 5,
      template: { id: 42 },
      placeholders: { name: 'Ada' },
      fallbackRcs: { agentId: 10, templateId: 7, placeholders: { name: 'Ada' } },
      fallbackSms: { sender, text: 'Hi' },
    },
  ],
])('%s', (_, part, channel, body) => {
  expect(callFor(part)).toEqual({
    path: `/message-server/${channel}/send`,
    body: { destination: '+393901234567', messageId: 'order-1', ...body },
  });
});

test('each template of a chain gets its own values', () => {
  const part = { channel: 'whatsapp', fallback: true, template: '42', rcsTemplate: '7', text: 'Hi' } as const;
  const message = composeMessage(messageInput({ ...origin, ...part, variables: { 1: 'A' } }), dialect.rules);
  const { body } = dialect.send(plan('order-1', { message: { ...message, rcsVariables: { name: 'Ada' } } }));
  expect(body).toMatchObject({
    placeholders: { 1: 'A' },
    fallbackRcs: { templateId: 7, placeholders: { name: 'Ada' } },
  });
});

test.each<[codes: string[], part: Partial<MessageInput>]>([
  [['sender.missing'], { text: 'Hi', sender: undefined }],
  [['agent.missing'], { channel: 'rcs', text: 'Hi', agentId: null }],
  [['phone-number.missing'], { channel: 'whatsapp', text: 'Hi', phoneNumberId: null }],
  [
    ['phone-number.missing', 'agent.missing', 'sender.missing'],
    {
      channel: 'whatsapp',
      fallback: true,
      text: 'Hi',
      sender: undefined,
      agentId: null,
      phoneNumberId: null,
    },
  ],
  [
    ['text.missing', 'phone-number.missing', 'agent.missing', 'sender.missing'],
    {
      channel: 'whatsapp',
      fallback: true,
      template: '42',
      needsBoth: true,
      sender: undefined,
      agentId: null,
      phoneNumberId: null,
    },
  ],
  [['text.missing'], { channel: 'whatsapp', fallback: true, template: '42' }],
  [['text.missing'], { channel: 'rcs' }],
  [['template.not-number'], { channel: 'rcs', template: 'template_123' }],
  [['template.not-number'], { channel: 'whatsapp', template: 'order_shipped' }],
  [
    ['template.not-number'],
    { channel: 'whatsapp', fallback: true, template: '42', rcsTemplate: 'x', text: 'Hi' },
  ],
  [['content.not-sms'], { rich: media }],
  [['content.twice'], { channel: 'rcs', template: '7', rich: media }],
])('refuses with %j, all in one error', (codes, part) => {
  const [code, ...also] = codes;
  const facts = also.length > 0 ? { facts: expect.objectContaining({ also: [...new Set(also)] }) } : {};
  expect(() => callFor(part)).toThrow(expect.objectContaining({ kind: 'usage', code, ...facts }));
});

test.each([
  ['an SMS, which the account may turn into RCS', { text: 'Hi' }, ['sms', 'rcs']],
  ['an SMS that stays one', { text: 'Hi', smsOnly: true }, ['sms']],
  ['RCS, which may fall back by itself', { channel: 'rcs', text: 'Hi' }, ['rcs', 'sms']],
  ['RCS, then SMS', { channel: 'rcs', fallback: true, text: 'Hi' }, ['rcs', 'sms']],
  ['WhatsApp', { channel: 'whatsapp', text: 'Hi' }, ['whatsapp']],
  ['a chain', { channel: 'whatsapp', fallback: true, text: 'Hi' }, ['whatsapp', 'rcs', 'sms']],
] as const)('may be known on the channels of %s', (_, part, channels) => {
  const message = composeMessage(messageInput({ ...origin, ...part }), dialect.rules);
  expect(dialect.listChannels(message)).toEqual(channels);
});

test.each([
  ['phoneNumber: must not be null', true],
  ['message is required', true],
  ['Missing required field: templateId', true],
  ['destination: must not be null', false],
  ['phoneNumberId: must not be null', false],
  ['sender is not registered', false],
  ['the message is too long', false],
])('%s: hint about the other dialect: %j', (reason, isHinted) => {
  const hint = hintFor(reason);
  expect(hint === undefined).toBe(!isHinted);
  if (isHinted) expect(hint).toContain('`qlara profile set dialect partner`');
});
