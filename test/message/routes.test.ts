import { expect, test } from 'vitest';
import type { Message } from '../../src/message/message.ts';
import { listRoutes } from '../../src/message/routes.ts';

const all = ['whatsapp', 'rcs', 'sms'] as const;
const empty: Message = {
  chain: ['sms'],
  text: null,
  template: null,
  variables: {},
  sender: null,
  simulation: false,
};
const rich = { kind: 'media', media: 'image', url: 'https://e.com/a.jpg' } as const;
const template = (id: string) => ({ kind: 'template', template: id, variables: {} });
const text = { kind: 'text', text: 'Hi' };

test.each<[what: string, shares: boolean, part: Partial<Message>, contents: (readonly [string, unknown])[]]>([
  ['a text', false, { text: 'Hi' }, [['sms', text]]],
  [
    'one template for a chain',
    true,
    { chain: all, template: 'a', text: 'Hi' },
    [
      ['whatsapp', template('a')],
      ['rcs', template('a')],
      ['sms', text],
    ],
  ],
  [
    'a template for the first channel only',
    false,
    { chain: all, template: '1', text: 'Hi' },
    [
      ['whatsapp', template('1')],
      ['rcs', text],
      ['sms', text],
    ],
  ],
  [
    'a template for each',
    false,
    { chain: all, template: '1', rcsTemplate: '2', text: 'Hi' },
    [
      ['whatsapp', template('1')],
      ['rcs', template('2')],
      ['sms', text],
    ],
  ],
  [
    'a text on all',
    false,
    { chain: all, text: 'Hi' },
    [
      ['whatsapp', text],
      ['rcs', text],
      ['sms', text],
    ],
  ],
  [
    'content where a template does not go',
    false,
    { chain: all, template: '1', rich, text: 'Hi' },
    [
      ['whatsapp', template('1')],
      ['rcs', { kind: 'rich', rich, text: 'Hi' }],
      ['sms', text],
    ],
  ],
  ['no SMS without a text', false, { chain: ['rcs', 'sms'], template: '1' }, [['rcs', template('1')]]],
])('%s', (_, sharesTemplate, part, contents) => {
  const routes = listRoutes({ ...empty, ...part }, { sharesTemplate });
  expect(routes.map(({ channel, content }) => [channel, content])).toEqual(contents);
});
