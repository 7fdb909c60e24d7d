import { describe, expect, test } from 'vitest';
import { hasPassword, parseLedgerUrl, showLedgerUrl } from '../../../src/ledger/postgres/url.ts';

describe('a URL is read as libpq reads it', () => {
  test.for<[url: string, parameters: Record<string, string>]>([
    ['postgres://', {}],
    ['postgresql:///shop', { dbname: 'shop' }],
    [
      'postgres://ada@db.example:5433/shop',
      { user: 'ada', host: 'db.example', port: '5433', dbname: 'shop' },
    ],
    ['postgres://db.example', { host: 'db.example' }],
    ['postgres://:5433', { port: '5433' }],
    ['postgres://[::1]:5433/', { host: '::1', port: '5433' }],
    ['postgres://one:1,two,[::1]:3/', { host: 'one,two,::1', port: '1,,3' }],
    ['postgres://%2Ftmp/shop', { host: '/tmp', dbname: 'shop' }],
    ['postgres:///shop?host=/run/pg&port=6432', { dbname: 'shop', host: '/run/pg', port: '6432' }],
    ['postgres://a%40b:p%2F%40%3A%25@h/a%20b', { user: 'a@b', password: 'p/@:%', host: 'h', dbname: 'a b' }],
    ['postgres://ada:p?q#r:s@h', { user: 'ada', password: 'p?q#r:s', host: 'h' }],
    [
      'postgres://h?user=ada&password=p%26q&dbname=shop',
      { host: 'h', user: 'ada', password: 'p&q', dbname: 'shop' },
    ],
    [
      'postgres://h/?sslmode=verify-full&sslrootcert=/a+b.pem&sslcert=c&sslkey=k&connect_timeout=3&application_name=x%20y',
      {
        ...{ host: 'h', sslmode: 'verify-full', sslrootcert: '/a+b.pem', sslcert: 'c', sslkey: 'k' },
        ...{ connect_timeout: '3', application_name: 'x y' },
      },
    ],
    ['postgres://h?ssl=true', { host: 'h', sslmode: 'require' }],
    [
      'postgres://h?target_session_attrs=read-write&channel_binding=prefer',
      { host: 'h', target_session_attrs: 'read-write', channel_binding: 'prefer' },
    ],
    ['postgres://other?host=h', { host: 'h' }],
    ['POSTGRES://h/d', { host: 'h', dbname: 'd' }],
    ['PostgreSQL://h/d', { host: 'h', dbname: 'd' }],
    [' postgres://h/d\n', { host: 'h', dbname: 'd' }],
    ['postgres://h/a%2Fb%23', { host: 'h', dbname: 'a/b#' }],
  ])('%s', ([url, parameters]) => {
    expect(parseLedgerUrl(url)).toMatchObject({ parameters, schema: 'qlara' });
    expect(Object.keys(parseLedgerUrl(url).parameters).sort()).toEqual(Object.keys(parameters).sort());
  });

  test('names a schema', () => {
    expect(parseLedgerUrl('postgres://h/d?schema=_a1').schema).toBe('_a1');
  });
});

describe('a URL is shown without its password', () => {
  test.for<[url: string, shown: string, hasSecret: boolean]>([
    [
      'postgres://ada:secret@h:1,[::1]/d?sslmode=require&schema=s',
      'postgres://ada@h:1,[::1]/d?sslmode=require&schema=s',
      true,
    ],
    ['postgresql://h/d?password=secret&sslmode=require', 'postgresql://h/d?sslmode=require', true],
    ['postgresql://h/d?passwor%64=secret', 'postgresql://h/d', true],
    ['postgres://:secret@h', 'postgres://h', true],
    ['postgres://a%40b@h/x%20y', 'postgres://a%40b@h/x%20y', false],
    ['postgres://ada:@h', 'postgres://ada@h', false],
    ['postgres://', 'postgres://', false],
    [' POSTGRES://ada:secret@h/D ', 'postgres://ada@h/D', true],
  ])('%s', ([url, shown, hasSecret]) => {
    expect([showLedgerUrl(url), parseLedgerUrl(url).display, hasPassword(url)]).toEqual([
      shown,
      shown,
      hasSecret,
    ]);
  });
});

describe('a malformed URL is refused', () => {
  test.for<[url: string, message: RegExp, hint: RegExp]>([
    ['', /begin with postgres/, /postgres:\/\/user@host/],
    ['mysql://h/d', /begin with postgres/, /postgres/],
    ['host=h dbname=d', /begin with postgres/, /postgres/],
    ['/var/lib/ledger.db', /begin with postgres/, /postgres/],
    ['postgres:/h', /begin with postgres/, /did you mean postgres:\/\//],
    ['postgress://h/d', /begin with postgres:\/\/ or postgresql:\/\//, /did you mean postgres:\/\//],
    ['postgressql://h/d', /begin with postgres/, /did you mean postgresql:\/\//],
    ['postgres://h/d#x', /#/, /%23/],
    ['postgres://h/d?schema=s#x', /#/, /%23/],
    ['postgres://h/q1/extra', /more than the name of a database/, /%2F/],
    ['postgres://h/q1/', /more than the name of a database/, /%2F/],
    ['postgres://qlara%3APW@h/d', /: in the user name/, /pgpass/],
    ['postgres://h/d?user=qlara:PW', /: in the user name/, /pgpass/],
    ['postgres://h/d?schema=a&schema=b', /schema twice/, /once/],
    ['postgres://h/d?schema=qlara&schema=qlara', /schema twice/, /once/],
    ['postgres://h/d?port=1&port=2', /port twice/, /once/],
    ['postgres://h/d?ssl=true&sslmode=disable', /sslmode twice/, /once/],
    ['postgres://h/d?schema=pg_catalog', /schema that PostgreSQL reserves/, /pg_/],
    ['postgres://h/d?schema=information_schema', /schema that PostgreSQL reserves/, /another name/],
    ['postgres://h:0', /port/, /5432/],
    ['postgres://h:65536', /port/, /5432/],
    ['postgres://h:1,g:x', /port/, /5432/],
    ['postgres://h?port=12a', /port/, /5432/],
    ['postgres://::1/d', /host/, /\[::1\]/],
    ['postgres://[::1/d', /host/, /\[::1\]/],
    ['postgres://h/d?sslmode=verify_full', /sslmode "verify_full"/, /did you mean verify-full/],
    ['postgres://h/d?sslmode=yes', /sslmode "yes"/, /prefer/],
    ['postgres://h/d?sslmod=require', /unknown parameter "sslmod"/, /did you mean sslmode/],
    ['postgres://h/d?xyzzy=1', /unknown parameter "xyzzy"/, /sslrootcert/],
    ['postgres://h/d?toString=1', /unknown parameter "toString"/, /sslrootcert/],
    ['postgres://h/d?sslmode', /without a value/, /name=value/],
    ['postgres://h/d?connect_timeout=5s', /connect_timeout/, /connect_timeout=10/],
    ['postgres://h/d?channel_binding=require', /channel binding/, /verify-full/],
    ['postgres://h/d?target_session_attrs=standby', /target_session_attrs "standby"/, /read-write/],
    ['postgres://h/d?schema=Shop', /schema/, /lower-case/],
    ['postgres://h/d?schema=', /schema/, /lower-case/],
    [`postgres://h/d?schema=${'a'.repeat(64)}`, /schema/, /63/],
    ['postgres://h/d?schema=a;drop', /schema/, /lower-case/],
    ['postgres://h/%zz', /%/, /%25/],
    ['postgres://h/a%00b', /%/, /%25/],
    ['postgres://h/%ff', /%/, /%25/],
  ])('%s', ([url, message, hint]) => {
    const complaint = {
      kind: 'usage',
      code: 'ledger.url',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    };
    expect(() => parseLedgerUrl(url)).toThrow(expect.objectContaining(complaint));
    expect(showLedgerUrl(url)).toBe('****');
  });
});

test.for([
  'postgres://ada:se/cret@h/d',
  'postgres://ada:se@cret@h/d',
  'postgres://ada:1/se?cret=@h/d',
  'postgres://ada:secret',
  'postgres://ada:secret%@h',
  'postgres://ada:5432/d?password=se&cret=1',
  'postgres://ada:secret@h:99999/d',
  'postgres://ada:secret@h/d?sslmode=full',
  'postgres://ada:secret@h/d?cret=1',
  'postgresql:/ada:secret@h',
  'postgress://ada:secret@h',
  'postgres://ada%3Asecret@h/d',
  'postgres://ada:1/se/cret',
  'postgres://ada:1/d#secret',
])('nothing of the password of %s is repeated', (url) => {
  try {
    parseLedgerUrl(url);
    expect.unreachable();
  } catch (cause) {
    const { message, hint, facts } = cause as { message: string; hint: string; facts: unknown };
    expect(message).toContain('the ledger URL');
    expect(message + hint + JSON.stringify(facts)).not.toMatch(/cret/);
  }
});
