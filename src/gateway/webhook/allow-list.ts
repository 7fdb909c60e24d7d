import { BlockList, isIP } from 'node:net';
import { fail } from '../../errors.ts';

/**
 * Returns a test for allowed addresses: single ones, or networks in CIDR notation (RFC 4632). With none named, every
 * address is allowed.
 * @throws Failure `allow.invalid`
 */
export function ipAllowList(allowed: readonly string[]): (address: string) => boolean {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of allowed) {
    const [address = '', bits, ...rest] = entry.trim().split('/');
    const family = isIP(address);
    const maxBits = family === 4 ? 32 : 128;
    const width = bits === undefined ? maxBits : Number(bits);
    if (family === 0 || rest.length > 0 || !/^\d*$/.test(bits ?? '') || bits === '' || width > maxBits)
      fail(
        'usage',
        'allow.invalid',
        `invalid IP address ${JSON.stringify(entry)}`,
        'use an address such as 192.0.2.7, or a network such as 192.0.2.0/24',
      );
    list.addSubnet(address, width, family === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    // A dual-stack socket reports an IPv4 client in this form.
    const plainAddress = address.replace(/^::ffff:(?=\d+\.)/i, '');
    const family = isIP(plainAddress);
    return family !== 0 && list.check(plainAddress, family === 4 ? 'ipv4' : 'ipv6');
  };
}
