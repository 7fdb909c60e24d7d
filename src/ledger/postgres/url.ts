import { fail } from '../../errors.ts';
import { findNearest } from '../../message/nearest.ts';

const example = 'postgres://user@host:5432/database';

/** How libpq encrypts and verifies, from the weakest. https://www.postgresql.org/docs/current/libpq-ssl.html */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

export type SslMode = (typeof sslModes)[number];

/**
 * Parameters of libpq that a URL may have, each with the variable that sets it where the URL does not.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export const parameterVariables = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  dbname: 'PGDATABASE',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  channel_binding: 'PGCHANNELBINDING',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
} as const;

export type ParameterName = keyof typeof parameterVariables;

export type Parameters = { readonly [name in ParameterName]?: string };

/** Parts of a URL of PostgreSQL. */
export interface LedgerUrl {
  /** The URL without its password, for messages. */
  display: string;
  /** Schema with the tables of the ledger; a plain identifier. */
  schema: string;
  /** Parameters that are set; `host`, `hostaddr` and `port` are lists, separated by commas. */
  parameters: Parameters;
}

/** Refuses a value: prints what is wrong with it and, if there is one, a next step. */
type Refuse = (fault: string, hint?: string) => never;

const refuseUrl: Refuse = (fault, hint = `write it as ${example}`) =>
  fail('usage', 'ledger.url', `the ledger URL ${fault}`, hint);

/**
 * Parses a URL of PostgreSQL as libpq does; beyond that, `?schema=NAME` names the schema, by default `qlara`. A failure
 * repeats nothing that may be part of a password.
 * @throws Failure `ledger.url` of kind `usage`
 */
export function parseLedgerUrl(url: string): LedgerUrl {
  const given = url.trim();
  const [, scheme = '', userinfo, rest = ''] =
    /^(postgres(?:ql)?:\/\/)(?:([^/@]*)@)?(.*)$/is.exec(given) ?? refuseScheme(given);
  if (rest.includes('@'))
    refuseUrl(
      'has an @ or a / in the user name, the password, or after the host',
      'write @ as %40 and / as %2F',
    );
  if (rest.includes('#')) refuseUrl('has a # after the host', 'write # as %23');
  const [, hostspec = '', path = '', query = ''] = /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (path.includes('/'))
    refuseUrl(
      'has more than the name of a database after the host',
      `write it as ${example}, and a / in the name as %2F`,
    );
  const [user = '', password] = splitAt(userinfo ?? '', ':');
  const parameters: { [name in ParameterName]?: string } = {};
  const set = (name: ParameterName, value: string) => {
    if (value === '') return;
    // A user name is shown, and a mistyped password must not be.
    if (name === 'user' && value.includes(':'))
      refuseUrl('has a : in the user name', 'name a user without one; write a password into ~/.pgpass');
    parameters[name] = value;
    checkParameter(name, value, refuseUrl);
  };
  set('user', decode(user));
  set('password', decode(password ?? ''));
  set('dbname', decode(path));
  setHosts(hostspec, set);

  const shown: string[] = [];
  const pairs = query === '' ? [] : query.split('&').map((pair) => splitAt(pair, '='));
  const isSecret = password !== undefined || pairs.some(([name]) => name === 'password');
  const named = new Set<string>();
  let schema = 'qlara';
  for (const [rawName, rawValue] of pairs) {
    const name = decode(rawName);
    if (rawValue === undefined)
      refuseUrl('has a parameter without a value', `write it as ${example}?name=value`);
    const value = decode(rawValue);
    if (name !== 'password') shown.push(`${rawName}=${rawValue}`);
    if (name === 'schema') schema = checkSchema(value);
    // As libpq reads URLs of JDBC.
    else if (name === 'ssl' && value === 'true') set('sslmode', 'require');
    else if (isParameter(name)) set(name, value);
    else refuseParameter(name, isSecret);
    const sets = name === 'ssl' ? 'sslmode' : name;
    if (named.has(sets)) refuseUrl(`has the parameter ${sets} twice`, 'write it once');
    named.add(sets);
  }
  const address = `${user === '' ? '' : `${user}@`}${hostspec}${path === '' ? '' : `/${path}`}`;
  const display = `${scheme.toLowerCase()}${address}${shown.length > 0 ? `?${shown.join('&')}` : ''}`;
  return { display, schema, parameters };
}

/** Returns true if a URL holds a password. @throws Failure as `parseLedgerUrl` */
export function hasPassword(url: string): boolean {
  return parseLedgerUrl(url).parameters.password !== undefined;
}

/** Returns a URL without blanks around it. @throws Failure as `parseLedgerUrl` */
export function checkLedgerUrl(url: string): string {
  parseLedgerUrl(url);
  return url.trim();
}

/** Returns a URL that holds no password, without blanks around it. @throws Failure `ledger.password`, and as `parseLedgerUrl` */
export function refusePassword(url: string): string {
  if (!hasPassword(url)) return url.trim();
  fail(
    'usage',
    'ledger.password',
    'a ledger URL must not contain a password',
    'remove it, and write it into ~/.pgpass (mode 0600) as HOST:PORT:DATABASE:USER:PASSWORD, or set PGPASSWORD',
  );
}

/** Writes a URL without its password, for messages. Nothing of a malformed one is shown, as its parts are unknown. */
export function showLedgerUrl(url: string): string {
  try {
    return parseLedgerUrl(url).display;
  } catch {
    return '****';
  }
}

/** Checks the value of a parameter; `refuse` says where it comes from. */
export function checkParameter(name: ParameterName, value: string, refuse: Refuse): void {
  const expect = (words: readonly string[]) => {
    if (words.includes(value)) return;
    const meant = findNearest(value, words);
    const known = `use one of ${words.join(', ')}`;
    refuse(
      `has ${name} ${JSON.stringify(value)}`,
      meant === undefined ? known : `did you mean ${meant}? ${known}`,
    );
  };
  // A port is not repeated: it may be a password after a user name without a host.
  if (name === 'port' && value.split(',').some((port) => port !== '' && !isPort(port)))
    refuse('has a port that is not a number from 1 to 65535', 'the port of PostgreSQL is usually 5432');
  if (name === 'connect_timeout' && !/^-?\d{1,9}$/.test(value))
    refuse('has a connect_timeout that is not a number of seconds', 'write it as connect_timeout=10');
  if (name === 'sslmode') expect(sslModes);
  if (name === 'channel_binding') {
    if (value === 'require')
      refuse('requires channel binding, which qlara does not have', 'use sslmode=verify-full instead');
    expect(['prefer', 'disable']);
  }
  // A ledger is written to, so the program looks for a server that can, whichever of these is set.
  if (name === 'target_session_attrs') expect(['any', 'read-write', 'primary']);
}

function isParameter(name: string): name is ParameterName {
  return Object.hasOwn(parameterVariables, name);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function checkSchema(name: string): string {
  // https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG
  if (name.startsWith('pg_') || name === 'information_schema')
    refuseUrl('has a schema that PostgreSQL reserves', 'use another name, which does not begin with pg_');
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(name)) return name;
  refuseUrl(
    'has a schema that is not a plain name',
    'use up to 63 lower-case letters, digits and _, not beginning with a digit',
  );
}

/** Refuses a URL of another scheme; repeats nothing of it, as it may be a password. */
function refuseScheme(url: string): never {
  const [word] = /^[a-z][a-z\d+.-]*(?=:)/i.exec(url) ?? [];
  const meant = word === undefined ? undefined : findNearest(word, ['postgres', 'postgresql']);
  refuseUrl(
    'does not begin with postgres:// or postgresql://',
    meant === undefined ? undefined : `did you mean ${meant}://? write it as ${example}`,
  );
}

function refuseParameter(name: string, isSecret: boolean): never {
  // A raw & in a password makes the rest of it look like a parameter.
  if (isSecret) refuseUrl('has an unknown parameter', 'write & in a password as %26');
  const known = [...Object.keys(parameterVariables), 'schema'].filter((known) => known !== 'password');
  const meant = findNearest(name, known);
  refuseUrl(
    `has an unknown parameter ${JSON.stringify(name)}`,
    meant === undefined ? `use ${known.join(', ')}` : `did you mean ${meant}?`,
  );
}

/** Reads `host:port,[::1]:port`; each host and each port may be missing. */
function setHosts(hostspec: string, set: (name: 'host' | 'port', value: string) => void): void {
  const hosts = hostspec.split(',').map((one) => {
    const [, bracketed, host, port] =
      /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(one) ??
      refuseUrl('has a host that cannot be read', 'write an IPv6 address in brackets: [::1]:5432');
    return { host: decode(bracketed ?? host ?? ''), port: decode(port ?? '') };
  });
  const join = (name: 'host' | 'port') =>
    hosts.some((one) => one[name] !== '') ? hosts.map((one) => one[name]).join(',') : '';
  set('port', join('port'));
  set('host', join('host'));
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0')) return decoded;
  } catch {
    // Malformed, as below.
  }
  refuseUrl('has a % that does not begin two hexadecimal digits of UTF-8', 'write % as %25');
}

function splitAt(text: string, separator: string): [before: string, after?: string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Refuses a setting of the environment. */
export function refuseVariable(variable: string): Refuse {
  return (fault, hint) => fail('setup', 'ledger.environment', `${variable} ${fault}`, hint);
}
