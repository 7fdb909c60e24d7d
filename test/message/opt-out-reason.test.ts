import { expect, test } from 'vitest';
import { saysOptedOut } from '../../src/message/opt-out-reason.ts';

test.each([
  ...['opted out', 'Opted-out', 'OPTED_OUT', 'opt-out', 'Recipient has opted out', 'recipient opted out'],
  ...['The user has opted out of messages from this sender', 'User opted-out', 'destination in opt-out list'],
  ...['Number is on the opt-out list', 'customer has opt out', 'Opt-out by user', 'optout', 'in optout list'],
  ...[
    'unsubscribed',
    'Recipient unsubscribed',
    'Unsubscribed recipient',
    'User has unsubscribed',
    'UNSUBSCRIBED',
  ],
  ...[
    'blacklisted',
    'Blacklisted',
    'recipient blacklisted',
    'Destination is blacklisted',
    'number blacklisted',
  ],
  ...['black-listed destination', 'Destination number in blacklist', 'recipient in black list', 'BLACKLIST'],
  ...[
    'recipient is on the blocklist',
    'blacklisted or opted out',
    'Attempt to send to unsubscribed recipient',
  ],
  ...['error 21610: recipient unsubscribed', 'rejected: opted out (STOP)', 'MSISDN blacklisted'],
])('%j opts out', (reason) => expect(saysOptedOut(reason)).toBe(true));

test.each([
  ...[
    '',
    'rejected without a reason',
    'insufficient credit',
    'Forbidden',
    'HTTP 403',
    '403',
    'address not allowed',
  ],
  ...['recipient blocked or opted out', 'recipient blocked', 'invalid recipient or text', 'no RCS device'],
  ...[
    'recipient has not opted in',
    'The recipient is not opted in',
    'user has not opted out',
    'not blacklisted',
  ],
  ...[
    'sender blacklisted',
    'Sender is blacklisted',
    'IP address blacklisted',
    'URL in blacklist',
    'link blacklisted',
  ],
  ...[
    'content blacklisted',
    'text contains a blacklisted word',
    'keyword in blacklist',
    'originator blacklisted',
  ],
  ...['account blacklisted', 'template blacklisted', 'the source is in the blacklist', 'route blacklisted'],
  ...[
    'missing opt-out instructions',
    'opt-out text is required',
    'message without opt-out link',
    'opt-out link missing',
  ],
  ...[
    'not subscribed to RCS',
    'subscribed',
    'stop',
    'blocked',
    'handset unreachable',
    'outside the 24-hour window',
  ],
])('%j does not', (reason) => expect(saysOptedOut(reason)).toBe(false));
