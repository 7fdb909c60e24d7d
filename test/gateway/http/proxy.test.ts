import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { findProxy } from '../../../src/gateway/http/proxy.ts';

const gateway = 'https://gateway.example/api';

function getFailure(env: Record<string, string>, url = gateway): Failure {
  try {
    findProxy(env, url);
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error('accepted');
}

describe('the address of a proxy', () => {
  test.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128'],
    ['http://proxy.example:3128/', 'http://proxy.example:3128'],
    [' http://proxy.example:3128\n', 'http://proxy.example:3128'],
    ['HTTP://PROXY.example:3128', 'http://proxy.example:3128'],
    ['https://proxy.example', 'https://proxy.example'],
    ['proxy.example:3128', 'http://proxy.example:3128'],
    ['//proxy.example:3128', 'http://proxy.example:3128'],
    ['proxy.example', 'http://proxy.example'],
    ['proxy', 'http://proxy'],
    ['my_proxy:80', 'http://my_proxy'],
    ['127.0.0.1:3128', 'http://127.0.0.1:3128'],
    ['[::1]:3128', 'http://[::1]:3128'],
    ['localhost:3128/', 'http://localhost:3128'],
  ])('%j', (setting, origin) => {
    expect(findProxy({ HTTPS_PROXY: setting }, gateway)).toEqual({ origin, authorization: undefined });
  });

  test.each([
    ['http://ada:secret@proxy.example:3128', 'ada:secret'],
    ['ada:secret@proxy.example:3128', 'ada:secret'],
    ['http://ada@proxy.example:3128', 'ada:'],
    ['http://:secret@proxy.example:3128', ':secret'],
    ['http://ada:p%40ss%2Fword@proxy.example:3128', 'ada:p@ss/word'],
    ['http://ada:50%@proxy.example:3128', 'ada:50%'],
    ['http://ada:%zz%E9@proxy.example:3128', 'ada:%zz%E9'],
    ['http://ada:p@ss@proxy.example:3128', 'ada:p@ss'],
    ['http://CORP%5Cada:perch%C3%A9@proxy.example:3128', 'CORP\\ada:perché'],
  ])('%j with credentials', (setting, credentials) => {
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
    expect(findProxy({ HTTPS_PROXY: setting }, gateway)).toEqual({
      origin: 'http://proxy.example:3128',
      authorization,
    });
  });

  test.each([
    ['socks5://127.0.0.1:1080', 'proxy.socks'],
    ['socks5h://ada:secret@127.0.0.1:1080', 'proxy.socks'],
    ['socks4://127.0.0.1:1080', 'proxy.socks'],
    ['socks4a://127.0.0.1:1080', 'proxy.socks'],
    ['SOCKS://127.0.0.1:1080', 'proxy.socks'],
    ['ftp://proxy.example:21', 'proxy.invalid'],
    ['direct://', 'proxy.invalid'],
    ['file:///etc/proxy.pac', 'proxy.invalid'],
    ['http://', 'proxy.invalid'],
    ['http://:3128', 'proxy.invalid'],
    [':3128', 'proxy.invalid'],
    ['http://proxy.example:port', 'proxy.invalid'],
    ['proxy.example:port', 'proxy.invalid'],
    ['http://proxy.example:99999', 'proxy.invalid'],
    ['http://proxy.example:0', 'proxy.invalid'],
    ['http://[::1:3128', 'proxy.invalid'],
    ['http:proxy.example:3128', 'proxy.invalid'],
    ['http:/proxy.example:3128', 'proxy.invalid'],
    ['proxy.example/proxy.pac', 'proxy.invalid'],
    ['"http://proxy.example:3128"', 'proxy.invalid'],
    ["'proxy.example'", 'proxy.invalid'],
    ['$HTTP_PROXY', 'proxy.invalid'],
    ['http://proxy example:3128', 'proxy.invalid'],
    ['http://pro\nxy.example:3128', 'proxy.invalid'],
    ['http://one.example, http://two.example', 'proxy.invalid'],
    ['http://ada:secret', 'proxy.invalid'],
    ['http://ada:sec#ret@proxy.example:3128', 'proxy.invalid'],
    ['http://ada#:secret@proxy.example:3128', 'proxy.invalid'],
    ['http://ada/:secret@proxy.example:3128', 'proxy.invalid'],
    ['http://CORP\\ada:secret@proxy.example:3128', 'proxy.invalid'],
    ['http://ada:secret@', 'proxy.invalid'],
    ['\u0000', 'proxy.invalid'],
    ['http://%', 'proxy.invalid'],
  ])('%j is refused', (setting, code) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY']) {
      const { kind, code: actual, message, hint = '' } = getFailure({ [name]: setting });
      expect([kind, actual]).toEqual(['setup', code]);
      expect(message).toMatch(new RegExp(`^${name} `));
      expect(message + hint).not.toMatch(/secret|sec#ret|\n/);
    }
  });
});

describe('the variable that counts', () => {
  const setting = (name: string) => ({ [name]: `http://${name.replace('_', '-')}.example` });
  test.each([
    [['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'http_proxy', 'HTTP_PROXY'], gateway],
    [['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'], 'http://gateway.example/api'],
  ])('is the first of %j', (names, url) => {
    for (let first = 0; first < names.length; first++) {
      const env = Object.assign({}, ...names.slice(first).map(setting));
      const expected = names[first]?.toLowerCase().replace('_', '-');
      expect(findProxy(env, url)?.origin).toBe(`http://${expected}.example`);
      // An empty variable is not set.
      if (first > 0)
        expect(findProxy({ ...env, [names[0] ?? '']: ' ' }, url)?.origin).toBe(`http://${expected}.example`);
    }
  });

  test('is never the one for https alone if the URL is http', () => {
    expect(findProxy({ HTTPS_PROXY: 'socks5://x' }, 'http://gateway.example')).toBeUndefined();
  });

  test('hides settings that are not used', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example', ALL_PROXY: 'socks5://127.0.0.1', HTTP_PROXY: ':' };
    expect(findProxy(env, gateway)?.origin).toBe('http://proxy.example');
    expect(findProxy({ HTTPS_PROXY: 'socks5://x', NO_PROXY: 'gateway.example' }, gateway)).toBeUndefined();
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['*', gateway],
    ['gateway.example', gateway],
    ['GATEWAY.example', gateway],
    ['example', gateway],
    ['.example', gateway],
    ['*.example', gateway],
    ['gateway.example.', gateway],
    ['gateway.example:443', gateway],
    ['other.example, gateway.example', gateway],
    ['other.example gateway.example', gateway],
    ['localhost,*', gateway],
    ['gateway.example:8443', 'https://gateway.example:8443/api'],
    ['127.0.0.1', 'http://127.0.0.1:8080/api'],
    ['127.0.0.0/8', 'http://127.0.0.1:8080/api'],
    ['10.0.0.0/8,192.168.0.0/16', 'https://192.168.3.4/api'],
    ['::1', 'http://[::1]:8080/api'],
    ['[::1]', 'http://[::1]:8080/api'],
    ['[::1]:8080', 'http://[::1]:8080/api'],
    ['fd00::/8', 'http://[fd12::1]/api'],
  ])('%j excludes %s', (noProxy, url) => {
    for (const name of ['NO_PROXY', 'no_proxy'])
      expect(findProxy({ ALL_PROXY: 'proxy', [name]: noProxy }, url)).toBeUndefined();
  });

  test.each([
    ['', gateway],
    [' ,, ', gateway],
    ['gateway', gateway],
    ['way.example', gateway],
    ['gateway.example:80', gateway],
    ['gateway.example', 'https://gateway.example.com/api'],
    ['127.0.0.1/33', 'http://127.0.0.1/api'],
    ['127.0.0.1/x', 'http://127.0.0.1/api'],
    ['10.0.0.0/8', 'http://11.0.0.1/api'],
    ['::1', 'http://127.0.0.1/api'],
    ['[', gateway],
  ])('%j does not exclude %s', (noProxy, url) => {
    expect(findProxy({ ALL_PROXY: 'proxy', NO_PROXY: noProxy }, url)?.origin).toBe('http://proxy');
  });
});
