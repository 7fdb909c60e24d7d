import { describe, test } from 'vitest';
import { inboundBody, listening, post } from '../support/hook.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseRows, until } from '../support/program.ts';
import { accept, json, serve } from '../support/server.ts';

const formType = 'application/x-www-form-urlencoded';
const ada = '+393391234567';

const listPhones = async (home: Home) =>
  parseRows<{ phone: string }>(await invoke(['optout', 'list', '--json'], { home }))
    .map(({ phone }) => phone)
    .sort();

/** A form as a rented number sends it. */
const stopForm = (originator: string, text = 'STOP') =>
  new URLSearchParams({ originator, destination: '3939', date_time: '20261124030000', text }).toString();

const passwords = { QLARA_USERNAME: 'mario', QLARA_PASSWORD: '1234' };

describe.concurrent('a secret that occurs in a message by chance does not change it', () => {
  test.for([
    ['password in the number', passwords, '+393471234567', 'STOP'],
    ['key in the number', { QLARA_API_KEY: '39347123' }, '+393471234567', 'STOP'],
    ['key that is the number', { QLARA_API_KEY: '393471234567' }, '+393471234567', 'STOP'],
    ['key in the words', { QLARA_API_KEY: 'x' }, '+393471234567', 'stop texting me'],
    ['key that is the word', { QLARA_API_KEY: 'STOP' }, '+393471234567', 'STOP'],
    ['key that is in the word', { QLARA_API_KEY: 'unsubscri' }, '+393471234567', 'unsubscribe me'],
    ['key that is a word of the words', { QLARA_API_KEY: 'texting' }, '+393471234567', 'stop texting me'],
  ] as const)('%s', async ([, env, source, text], { expect }) => {
    const home = freshHome();
    const { url, lines, child, done } = await listening([], { home, env });
    await post(url, inboundBody(text, { source }));
    await post(url, stopForm('+393471234568', text), formType);
    await until(() => lines().length === 2, 'both events are printed');
    child.kill('SIGINT');
    await done;
    expect(await listPhones(home)).toEqual([source, '+393471234568']);

    const inboxHome = freshHome();
    const get = ({ path }: { path: string }) =>
      path.includes('/messages')
        ? json(200, {
            messages: [{ id: 1234, direction: 'INBOUND', text, timestamp: '2026-11-24T03:00:00Z' }],
          })
        : json(200, { conversations: [{ chatId: '1234', channel: 'SMS', phoneNumber: source }] });
    const server = await serve({ post: accept(), get });
    const base = { ...env, QLARA_BASE_URL: server.url };
    const listed = await invoke(['inbox', 'list', '--json'], { home: inboxHome, env: base });
    expect(parseRows(listed)).toMatchObject([{ phone: source }]);
    expect(await listPhones(inboxHome)).toEqual([source]);
  });
});

describe.concurrent('STOP opts out the person who wrote it', () => {
  test.for([
    ['+39 (0)347 1234568', '+393471234568'],
    ['+44 (0)7911 123456', '+447911123456'],
    ['+44 07911 123457', '+447911123457'],
    ['+49 (0)151 12345678', '+4915112345678'],
    ['+55 031 98123-4562', '+5531981234562'],
    ['+7 8 912 345 67 89', '+79123456789'],
    ['3391234564.0', '+393391234564'],
    ['+39\u2013339\u20111234565', '+393391234565'],
    ['="+393391234566"', '+393391234566'],
    ['393391234568,0', '+393391234568'],
    ['whatsapp:+393391234569', '+393391234569'],
    ['3391234586@c.us', '+393391234586'],
  ] as const)('%s is %s', async ([sender, phone], { expect }) => {
    const home = freshHome({ country: 'IT' });
    const { url, lines } = await listening([], { home });
    await post(url, stopForm(sender), formType);
    await post(url, inboundBody('STOP', { source: sender }));
    await until(() => lines().length === 2, 'both events are printed');
    expect(lines().map((line) => line.phone)).toEqual([phone, phone]);
    expect(await listPhones(home)).toEqual([phone]);
  });

  test('whose number has no country code: if a message was sent to it', async ({ expect }) => {
    const home = freshHome();
    const server = await serve({ post: accept(), get: json(200, []) });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    const send = (to: string) => invoke(['send', 'sms', '--to', to, '-m', 'hi', '--json'], { home, env });
    expect((await send(ada)).code).toBe(0);
    const { url, lines, printed } = await listening([], { home, env });
    await post(url, stopForm('3391234567'), formType);
    await post(url, stopForm('3391234568'), formType);
    await post(url, inboundBody('STOP', { source: '3391234569' }));
    await until(() => lines().length === 3, 'the events are printed');
    expect(await listPhones(home)).toEqual([ada, '3391234568', '3391234569']);
    expect((await send(ada)).code).toBe(2);
    expect(printed.stderr).toContain('note: 3391234568 opted out or in, but has no country code');
    expect(printed.stderr).not.toContain('3391234567');
  });

  test('in the inbox, whose number has no country code', async ({ expect }) => {
    const home = freshHome();
    const get = ({ path }: { path: string }) =>
      path.includes('/messages')
        ? json(200, {
            messages: [{ id: 1, direction: 'INBOUND', text: 'STOP', timestamp: '2026-11-24T03:00:00Z' }],
          })
        : json(200, {
            conversations: ['3391234567', '3391234568'].map((phoneNumber, chatId) => ({
              chatId,
              channel: 'SMS',
              contact: { phoneNumber },
            })),
          });
    const server = await serve({ post: accept(), get });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    await invoke(['send', 'sms', '--to', ada, '-m', 'hi', '--json'], { home, env });
    const listed = await invoke(['inbox', 'list', '--json'], { home, env });
    expect(listed.stderr).toContain('note: 3391234568 opted out or in, but has no country code');
    expect(await listPhones(home)).toEqual([ada, '3391234568']);
  });

  test('in each conversation, whose messages have ids of their own', async ({ expect }) => {
    const home = freshHome();
    const phones = [ada, '+393391234568', '+393391234569'];
    const messages = ['STOP', 'Hello?'].map((text, index) => ({
      id: index + 1,
      direction: 'INBOUND',
      text,
      timestamp: `2026-11-24T03:0${index}:00Z`,
    }));
    const get = ({ path }: { path: string }) =>
      path.includes('/messages')
        ? json(200, { messages })
        : json(200, {
            conversations: phones.map((phoneNumber, chatId) => ({ chatId, channel: 'SMS', phoneNumber })),
          });
    const server = await serve({ get });
    const env = { QLARA_API_KEY: 'key', QLARA_BASE_URL: server.url };
    await invoke(['inbox', 'list', '--json'], { home, env });
    expect(await listPhones(home)).toEqual(phones);
    // Read again, they change nothing.
    await invoke(['optout', 'remove', ada], { home });
    await invoke(['inbox', 'list', '--json'], { home, env });
    expect(await listPhones(home)).toEqual(phones.slice(1));
  });
});

describe.concurrent('STOP in a call of another form opts out', () => {
  const stop = inboundBody('STOP', { source: ada });
  const { text: _, channel: __, ...bare } = stop;
  test.for<[name: string, body: unknown, type?: string]>([
    ['channel TELEGRAM', { ...stop, channel: 'TELEGRAM' }],
    ['channel MESSENGER', { ...stop, channel: 'MESSENGER' }],
    ['channel in an object', { ...stop, channel: { name: 'SMS' } }],
    ['no channel', { ...bare, text: 'STOP' }],
    ['channel null', { ...bare, text: 'STOP', channel: null }],
    ['text in body', { ...bare, channel: 'SMS', body: 'STOP' }],
    ['text in message', { ...bare, channel: 'SMS', message: 'STOP' }],
    ['text in content', { ...bare, channel: 'SMS', content: 'STOP' }],
    ['text in text.body', { ...bare, channel: 'SMS', text: { body: 'STOP' } }],
    ['text in message.text', { ...bare, channel: 'SMS', message: { text: 'STOP' } }],
    ['text in content.text', { ...bare, channel: 'SMS', content: { type: 'TEXT', text: 'STOP' } }],
    ['text in a list', { ...bare, channel: 'SMS', content: [{ text: 'STOP' }] }],
    ['events', { events: [stop] }],
    ['events beside others', { id: 1, type: 'batch', events: [{ eventType: 'TYPING' }, stop] }],
    ['data', { data: stop }],
    ['data, a list', { data: [stop] }],
    ['messages', { messages: [stop] }],
    ['event', { event: stop }],
    ['payload', { payload: { events: [stop] } }],
    ['list of objects with events', [{ events: [stop] }]],
    ['another word for the type', { ...stop, eventType: 'INBOUND_MESSAGE' }],
    ['type', { ...stop, eventType: undefined, type: 'inbound' }],
    ['direction', { ...stop, eventType: undefined, direction: 'INBOUND' }],
    ['from', { ...stop, source: undefined, from: ada }],
    ['sender in a contact', { ...stop, source: undefined, contact: { phoneNumber: ada } }],
    [
      'ISO 8859-1',
      Buffer.from(JSON.stringify({ ...stop, text: 'ARRÊT' }), 'latin1'),
      'application/json; charset=iso-8859-1',
    ],
    [
      'Windows-1252',
      Buffer.from(JSON.stringify({ ...stop, text: 'arrêt' }), 'latin1'),
      'application/json;charset="windows-1252"',
    ],
    [
      'UTF-16',
      Buffer.from(JSON.stringify({ ...stop, text: 'arrêt' }), 'utf16le'),
      'application/json; charset=utf-16',
    ],
  ])('%s', async ([, body, type], { expect }) => {
    const home = freshHome();
    const { url } = await listening([], { home });
    expect((await post(url, body, type))?.status).toBe(200);
    expect(await listPhones(home)).toEqual([ada]);
  });

  test('and is forwarded in UTF-8', async ({ expect }) => {
    const target = await serve();
    const { url } = await listening(['--forward-to', target.url]);
    const text = JSON.stringify({ ...stop, text: 'ARRÊT' });
    await post(url, Buffer.from(text, 'latin1'), 'application/json; charset=ISO-8859-1; v=1');
    await until(() => target.posts().length === 1, 'the call is forwarded');
    expect(target.posts().map((seen) => [seen.text, seen.headers['content-type']])).toEqual([
      [text, 'application/json; charset=utf-8; v=1'],
    ]);
  });
});
