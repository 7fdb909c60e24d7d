import { lacksCountry } from '../ledger/inbound.ts';
import type { RecordedEvent } from '../ledger/webhook-api.ts';

/** Returns the senders whose country is not known, of messages that opted them out or in. */
export function listUnclearSenders(recorded: readonly RecordedEvent[]): string[] {
  const senders = recorded.flatMap((one) =>
    one.kind === 'inbound' && one.consentChange !== null && lacksCountry(one.inbound.from)
      ? one.inbound.from
      : [],
  );
  return [...new Set(senders)];
}

/** Describes what to do about a sender whose country is not known. */
export function describeUnclearSender(sender: string): string {
  return `note: ${sender} opted out or in, but has no country code: record the full number with \`qlara optout add\`, and the country of such numbers with \`qlara profile set country\``;
}
