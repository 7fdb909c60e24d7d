/** Why an address cannot be called back, in words that follow its name; null when it can. */
export function callbackFault(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:') return null;
  if (url?.protocol !== 'http:') return 'is not an http or https address';
  // The vendor takes https only. A receiver under test has no certificate, and what stays on a machine needs none.
  return isLoopback(url.hostname) ? null : 'must be https: http is only for this machine itself';
}

/** Whether a host, as the URL class writes it, can only be this machine (RFC 6761, 6.3; RFC 1122, 3.2.1.3). */
function isLoopback(host: string): boolean {
  return /^(?:.+\.)?localhost$/.test(host) || /^127(?:\.\d+){3}$/.test(host) || host === '[::1]';
}
