import { BlockList, isIP } from 'node:net';
import { fail } from '../../errors.ts';

/** An HTTP proxy. */
export interface ProxyServer {
  /** Address without credentials. */
  origin: string;
  /** Value of `Proxy-Authorization`; undefined without credentials. */
  authorization: string | undefined;
}

/** Variables that name a proxy for URLs of a scheme, in the order in which they count. */
const variables = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'http_proxy', 'HTTP_PROXY'],
} as const;

/**
 * Returns the proxy that the environment names for a URL, as curl reads it: an empty variable counts as not set, and an
 * address without a scheme is `http://`. Undefined if there is none or `NO_PROXY` excludes the host. A setting that is
 * not used for this URL is not read.
 * @throws Failure `proxy.invalid`, `proxy.socks`; its texts hold no part of the setting that may be a password
 */
export function findProxy(env: NodeJS.ProcessEnv, url: string): ProxyServer | undefined {
  const { protocol, hostname, port } = new URL(url);
  const name = variables[protocol === 'https:' ? 'https:' : 'http:'].find((one) => env[one]?.trim());
  const noProxy = env.no_proxy?.trim() || env.NO_PROXY || '';
  const usualPort = protocol === 'https:' ? '443' : '80';
  if (name === undefined || isExcluded(noProxy, hostname.replace(/^\[|\]$/g, ''), port || usualPort))
    return undefined;
  return parseProxy(name, env[name]?.trim() ?? '');
}

function parseProxy(name: string, setting: string): ProxyServer {
  const example = `set ${name}=http://HOST:PORT, or exclude the host with NO_PROXY`;
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(setting)?.[1]?.toLowerCase();
  if (scheme?.startsWith('socks'))
    fail('setup', 'proxy.socks', `${name} names a SOCKS proxy (${scheme}), which qlara cannot use`, example);
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    fail('setup', 'proxy.invalid', `${name} has the unknown scheme ${scheme}`, example);
  const address = scheme === undefined ? `http://${setting}` : setting;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // The URL class takes almost any text for a host or a path: quotes, a variable that was not expanded, `http:/host`.
  const isHost = url !== undefined && /^(?:[\w.-]+|\[[\da-f:.]+\])$/.test(url.hostname);
  const rest = url === undefined ? '' : url.pathname + url.search + url.hash;
  if (!isHost || /\s/.test(setting) || url.port === '0' || (scheme === undefined && rest !== '/'))
    fail('setup', 'proxy.invalid', `${name} is not the address of a proxy`, example);
  if (rest.includes('@'))
    fail(
      'setup',
      'proxy.invalid',
      `${name} is not the address of a proxy: its user name or password has one of the characters / \\ ? #`,
      'write them as %2F, %5C, %3F and %23',
    );
  const { origin, username, password } = url;
  if (username === '' && password === '') return { origin, authorization: undefined };
  const credentials = Buffer.from(`${unescapePercent(username)}:${unescapePercent(password)}`);
  return { origin, authorization: `Basic ${credentials.toString('base64')}` };
}

/** Decodes percent-escapes; a malformed one stays as it is. */
function unescapePercent(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/**
 * Reports whether `NO_PROXY` excludes a host: by its name or that of a domain above it, with or without a dot or `*.`
 * before it; by an address or a network in CIDR notation; or by `*`. An entry may name a port.
 */
function isExcluded(noProxy: string, host: string, port: string): boolean {
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, inBrackets, name, entryPort] =
        /^(?:\[([^\]]*)\]|([^:]*(?:(?::[^:]*){2,})?))(?::(\d+))?$/.exec(entry) ?? [];
      const excluded = (inBrackets ?? name ?? '').replace(/^\*?\./, '').replace(/\.$/, '');
      if (excluded === '' || (entryPort !== undefined && entryPort !== port)) return false;
      const plainHost = host.replace(/\.$/, '');
      return plainHost === excluded || plainHost.endsWith(`.${excluded}`) || isInNetwork(plainHost, excluded);
    });
}

function isInNetwork(host: string, network: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family) return false;
  const maxBits = family === 4 ? 32 : 128;
  const width = network.includes('/') ? Number(/^\d{1,3}$/.exec(bits)?.[0]) : maxBits;
  if (!(width <= maxBits)) return false;
  const list = new BlockList();
  list.addSubnet(address, width, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
