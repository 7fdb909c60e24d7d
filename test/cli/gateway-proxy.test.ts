import { connect } from 'node:net';
import { describe, type ExpectStatic, test } from 'vitest';
import { freshHome, parseError, recorded, run } from '../support/program.ts';
import { serve } from '../support/server.ts';
import { makeCertificate } from '../support/tls.ts';
import { closedPort, serveProxy, serveWire } from '../support/wire.ts';

const sendArgs = (url: string) => [
  'send',
  'sms',
  '--to',
  '+393901234567',
  '-m',
  'hi',
  '--json',
  '--base-url',
  url,
];
const key = { QLARA_API_KEY: 'key' };

describe.concurrent('the proxy from the environment', () => {
  test('is used', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), serveProxy()]);
    const { code, stderr } = await run(sendArgs(server.url), { env: { ...key, HTTP_PROXY: url } });
    expect([code, stderr, server.taken.length]).toEqual([0, '', 1]);
    expect(asked).toEqual([new URL(server.url).host]);
  });

  test('is not used for hosts in NO_PROXY', async ({ expect }) => {
    const [server, { asked, url }] = await Promise.all([serve(), serveProxy()]);
    const { code } = await run(sendArgs(server.url), {
      env: { ...key, HTTP_PROXY: url, NO_PROXY: '127.0.0.1' },
    });
    expect([code, server.taken.length, asked]).toEqual([0, 1, []]);
  });

  test('is not used for the sandbox', async ({ expect }) => {
    const { asked, url } = await serveProxy();
    const args = ['send', 'sms', '--to', '+393901234567', '-m', 'hi', '--sandbox', '--wait'];
    const { code } = await run(args, { env: { HTTP_PROXY: url, HTTPS_PROXY: url } });
    expect([code, asked]).toEqual([0, []]);
  });

  test('gets the credentials of its setting', async ({ expect }) => {
    const [server, { received, url }] = await Promise.all([serve(), serveProxy()]);
    const HTTP_PROXY = url.replace('://', '://ada:p%40ss@');
    const { code } = await run(sendArgs(server.url), { env: { ...key, HTTP_PROXY } });
    expect([code, received]).toEqual([0, [`Basic ${Buffer.from('ada:p@ss').toString('base64')}`]]);
  });

  test('leaves the message queued when it refuses the connection', async ({ expect }) => {
    const [server, proxy, home] = [
      await serve(),
      await serveProxy({ refusal: '502 Bad Gateway' }),
      freshHome(),
    ];
    const env = { ...key, HTTP_PROXY: proxy.url };
    const result = await run(sendArgs(server.url), { home, env });
    expect([result.code, server.seen.length, parseError(result).code]).toEqual([4, 0, 'gateway.unreachable']);
    expect(parseError(result).message).toContain(`the proxy ${proxy.url} refused the connection (HTTP 502)`);
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(['queued']);
  });
});

/** Checks that stderr holds one sentence and its hint, and nothing of the program or a secret. */
function expectOneSentence(expect: ExpectStatic, stderr: string): void {
  expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)*$/);
  expect(stderr).not.toMatch(/secret|YWRhOnNlY3JldA|node:|\.cjs|undici|\bat /);
}

const commands: readonly (readonly string[])[] = [
  ['send', 'sms', '--to', '+393901234567', '-m', 'hi'],
  ['send', 'sms', '--file', '-', '-m', 'hi', '--yes'],
  ['status', 'order-1'],
  ['credit'],
  ['templates', 'list'],
  ['templates', 'delete', 'template_123', '--yes'],
  ['inbox', 'show', 'c1'],
  ['inbox', 'reply', 'c1', '-m', 'hi'],
  ['webhook', 'set', 'https://example.com', '--yes'],
  ['listen', '--port', '0', '--register', 'https://example.com', '--yes'],
  ['listen', '--port', '0', '--forward-to', 'http://192.0.2.1/hook'],
];

describe.concurrent('a proxy that cannot be used', () => {
  const settings = [
    ['socks5://127.0.0.1:1080', 'proxy.socks'],
    ['socks4a://ada:secret@127.0.0.1:1080', 'proxy.socks'],
    ['ftp://ada:secret@proxy.example', 'proxy.invalid'],
    ['http://ada:secret@proxy.example:port', 'proxy.invalid'],
    ['http://ada:secret', 'proxy.invalid'],
    ['http://', 'proxy.invalid'],
    [':3128', 'proxy.invalid'],
  ] as const;
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

  test.for(settings.map(([setting, code], index) => ({ setting, code, name: names[index % 4] ?? '' })))(
    '$name=$setting ends with 3',
    async ({ setting, code, name }, { expect }) => {
      const env = { ...key, [name]: setting };
      const base = ['--base-url', 'http://gateway.invalid/api'];
      const json = await run([...(commands[0] ?? []), '--json', ...base], { env });
      expect([json.code, parseError(json).code]).toEqual([3, code]);
      const plain = await run([...(commands[0] ?? []), ...base], { env });
      expect(plain.code).toBe(3);
      expect(plain.stderr).toContain(`error: ${name} `);
      expectOneSentence(expect, plain.stderr);
    },
  );

  test.for(commands)('ends %j with 3', async (args, { expect }) => {
    const env = { ...key, QLARA_BASE_URL: 'http://gateway.invalid/api', ALL_PROXY: 'socks5://127.0.0.1:1' };
    const stdin = 'to\n+393901234567\n';
    const { code, stderr } = await run(args, { stdin, env });
    expect([code, stderr]).toEqual([3, expect.stringContaining('error: ALL_PROXY names a SOCKS proxy')]);
  });

  test.for(commands.filter(([name]) => name !== 'listen'))(
    'ends %j with 3 when it wants credentials',
    async (args, { expect }) => {
      const [server, proxy] = [
        await serve(),
        await serveProxy({ refusal: '407 Proxy Authentication Required' }),
      ];
      const HTTP_PROXY = proxy.url.replace('://', '://ada:secret@');
      const env = { ...key, QLARA_BASE_URL: server.url, HTTP_PROXY };
      const { code, stderr } = await run(args, { stdin: 'to\n+393901234567\n', env });
      expect([code, server.seen.length]).toEqual([3, 0]);
      expect(stderr).toContain('error: the proxy requires valid credentials (HTTP 407');
      expect(stderr).not.toMatch(/secret|node:|\.cjs|undici/);
    },
  );

  test('leaves the message queued when it wants credentials', async ({ expect }) => {
    const home = freshHome();
    const proxy = await serveProxy({ refusal: '407 Proxy Authentication Required' });
    for (const url of ['http://gateway.invalid/api', 'https://gateway.invalid/api']) {
      const env = { ...key, ALL_PROXY: proxy.url };
      const result = await run(sendArgs(url), { home, env });
      expect([result.code, parseError(result).code]).toEqual([3, 'gateway.proxy']);
    }
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(['queued', 'queued']);
  });

  test.for(['http', 'https'])('ends with 4 when it cannot be reached (%s)', async (scheme, { expect }) => {
    const home = freshHome();
    const address = `127.0.0.1:${await closedPort()}`;
    const env = { ...key, ALL_PROXY: `ada:secret@${address}` };
    const args = [...(commands[0] ?? []), '--quiet', '--base-url', `${scheme}://gateway.invalid/api`];
    const { code, stderr } = await run(args, { home, env });
    expect(code).toBe(4);
    expect(stderr).toContain(`no connection to the proxy http://${address}: connection refused`);
    expectOneSentence(expect, stderr);
    expect((await recorded(home)).map(({ phase }) => phase)).toEqual(['queued']);
    const status = await run(['credit', '--base-url', `${scheme}://gateway.invalid/api`], { env });
    expect(status.code).toBe(4);
    expectOneSentence(expect, status.stderr);
  });
});

describe.concurrent('a proxy that does not speak as one', () => {
  const answers = [
    'SSH-2.0-OpenSSH_9.6\r\n',
    'garbage\r\n\r\n',
    '\x00\x01\x02\r\n',
    'HTTP/9.9 200 OK\r\n\r\n',
    '<html></html>',
  ];
  const startSpeaker = async (answer: string, greets: boolean) => {
    const { port } = await serveWire({
      accept(wire) {
        wire.on('error', () => {});
        if (greets) wire.end(answer);
        else wire.once('data', () => wire.end(answer));
      },
    });
    return port;
  };

  test.for(answers.flatMap((answer) => ['http', 'https'].map((scheme) => [answer, scheme] as const)))(
    'that answers %j to %s is described in one sentence',
    async ([answer, scheme], { expect }) => {
      for (const greets of [false, true]) {
        const ALL_PROXY = `http://127.0.0.1:${await startSpeaker(answer, greets)}`;
        const args = ['credit', '--base-url', `${scheme}://gateway.invalid/api`];
        const { code, stderr } = await run(args, { env: { ...key, ALL_PROXY } });
        expect(code).toBe(4);
        expect(stderr).toMatch(
          /(?:the response is not HTTP|connection (?:lost|reset)) through the proxy http:/,
        );
        expectOneSentence(expect, stderr);
      }
    },
  );

  test.for(['127.0.0.1', '[::1]', 'localhost'])(
    'that is named as https://%s without TLS is described in one sentence',
    async (host, { expect }) => {
      const ALL_PROXY = `https://${host}:${await startSpeaker('HTTP/1.1 200 OK\r\n\r\n', false)}`;
      for (const scheme of ['http', 'https']) {
        const args = ['credit', '--base-url', `${scheme}://gateway.invalid/api`];
        const { code, stderr } = await run(args, { env: { ...key, ALL_PROXY } });
        expect(code).toBe(4);
        expectOneSentence(expect, stderr);
      }
    },
  );
});

test('a proxy at an IP address is used through TLS', async ({ expect }) => {
  const certificate = makeCertificate('IP:127.0.0.1', 'DNS:localhost');
  const server = await serve();
  const { port } = await serveWire({
    certificate,
    secured({ app }) {
      app.on('error', () => {});
      app.once('data', (head: Buffer) => {
        const [, host = '', targetPort = ''] = /^CONNECT (\S+):(\d+) /.exec(head.toString()) ?? [];
        const target = connect(Number(targetPort), host, () => {
          app.write('HTTP/1.1 200 OK\r\n\r\n');
          app.pipe(target).pipe(app);
        });
        target.on('error', () => {});
      });
    },
  });
  for (const host of ['127.0.0.1', 'localhost']) {
    const env = { ...key, HTTP_PROXY: `https://${host}:${port}`, NODE_EXTRA_CA_CERTS: certificate.path };
    const { code, stderr } = await run(sendArgs(server.url), { env });
    expect([code, stderr]).toEqual([0, '']);
  }
  expect(server.taken.length).toBe(2);
});

test('a setting without a scheme is an HTTP proxy', async ({ expect }) => {
  const [server, proxy] = await Promise.all([serve(), serveProxy()]);
  const { code, stderr } = await run(sendArgs(server.url), {
    env: { ...key, http_proxy: new URL(proxy.url).host },
  });
  expect([code, stderr, proxy.asked.length]).toEqual([0, '', 1]);
});

test('a proxy that another host needs does not matter', async ({ expect }) => {
  const server = await serve();
  const env = { ...key, ALL_PROXY: 'socks5://127.0.0.1:1', no_proxy: '127.0.0.0/8' };
  const { code, stderr } = await run(sendArgs(server.url), { env });
  expect([code, stderr]).toEqual([0, '']);
});
