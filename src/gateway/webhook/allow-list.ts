import { BlockList, isIP } from 'node:net';
import { fail } from '../../errors.ts';

/**
 * Whether an address is among those allowed: single ones, or networks in CIDR notation (RFC 4632). With none named,
 * all are.
 * @throws Failure `allow.invalid`
 */
export function ipAllowList(allowed: readonly string[]): (address: string) => boolean {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const one of allowed) {
    const [address = '', bits, ...rest] = one.trim().split('/');
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const width = bits === undefined ? most : Number(bits);
    if (family === 0 || rest.length > 0 || !/^\d*$/.test(bits ?? '') || bits === '' || width > most)
      fail(
        'usage',
        'allow.invalid',
        `${JSON.stringify(one)} is no address`,
        'write it as 192.0.2.7, or a network as 192.0.2.0/24',
      );
    list.addSubnet(address, width, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    // An IPv4 caller of a socket that takes both looks so.
    const bare = address.replace(/^::ffff:(?=\d+\.)/i, '');
    const family = isIP(bare);
    return family !== 0 && list.check(bare, family === 4 ? 'ipv4' : 'ipv6');
  };
}
