import { expect, test } from 'vitest';
import { saysOptedOut, saysRecipientOptedOut } from '../../src/message/opt-out-reason.ts';

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
  ...[
    'USER_OPTED_OUT',
    'RECIPIENT_OPT_OUT',
    'DESTINATION_BLACKLISTED',
    'RECIPIENT_OPTED_OUT',
    'ERR_USER_OPT_OUT',
  ],
  ...['RECIPIENT-OPTED-OUT', 'recipient.opted_out', 'RecipientOptedOut', 'recipientOptOut', 'userOptedOut'],
  ...['UserHasOptedOut', 'OPTOUT_USER', 'USER_OPTOUT', 'OPT_OUT', 'OPTED_OUT_RECIPIENT', 'useroptedout'],
  ...['RECIPIENT_UNSUBSCRIBED', 'UNSUBSCRIBED_RECIPIENT', 'recipientUnsubscribed', 'ERROR:UNSUBSCRIBED'],
  ...[
    'RECIPIENT_BLACKLISTED',
    'BLACKLISTED_NUMBER',
    'NUMBER_IN_BLACKLIST',
    'MSISDN_BLACK_LISTED',
    'msisdnBlacklisted',
  ],
  ...[
    'DESTINATION_ON_BLOCKLIST',
    'RECIPIENT_BLOCK_LISTED',
    'E403_DESTINATION_BLACKLISTED',
    'opted-out.',
    '(opt-out)',
  ],
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
  ...[
    'NOT_OPTED_IN',
    'RECIPIENT_NOT_OPTED_IN',
    'USER_NOT_OPTED_OUT',
    'recipientNotBlacklisted',
    'NOT_UNSUBSCRIBED',
  ],
  ...[
    'SENDER_BLACKLISTED',
    'senderBlacklisted',
    'IP_BLACKLISTED',
    'IP_ADDRESS_BLACKLISTED',
    'URL_BLACKLISTED',
  ],
  ...[
    'CONTENT_BLACKLISTED',
    'KEYWORD_BLACKLISTED',
    'ORIGINATOR_IN_BLACKLIST',
    'ACCOUNT_BLACKLISTED',
    'linkBlacklisted',
  ],
  ...['MISSING_OPT_OUT_LINK', 'OPT_OUT_TEXT_REQUIRED', 'OPT_OUT_INSTRUCTIONS_MISSING', 'missingOptOutText'],
  ...[
    'account unsubscribed',
    'ACCOUNT_UNSUBSCRIBED',
    'your account is unsubscribed from RCS',
    'sender opted out of RCS',
  ],
  ...[
    'SUBSCRIBED',
    'opted',
    'out',
    'OPTION_OUT_OF_RANGE',
    'optoutfield',
    'recipient blocked',
    'RECIPIENT_BLOCKED',
  ],
  ...['sending to this recipient is not allowed'],
])('%j does not', (reason) => expect(saysOptedOut(reason)).toBe(false));

test.each([
  ...[
    'recipient opted out',
    'opted out',
    'User has opted out',
    'RECIPIENT_OPTED_OUT',
    'DESTINATION_BLACKLISTED',
  ],
  ...[
    'The recipient is blacklisted',
    'number is on the blocklist',
    'recipient unsubscribed',
    'msisdn blacklisted',
  ],
])('an access denied with %j is about the recipient', (reason) =>
  expect(saysRecipientOptedOut(reason)).toBe(true),
);

test.each([
  ...[
    'blacklisted',
    'You are blacklisted',
    'BLACKLISTED',
    'in blacklist',
    'unsubscribed',
    'plan unsubscribed',
  ],
  ...[
    'IP address blacklisted',
    'IP number blacklisted',
    'your host is on the blocklist',
    'Forbidden',
    '',
    'HTTP 403',
  ],
  ...[
    'account opted out',
    'recipient not allowed',
    'destination country blacklisted',
    'recipient has not opted in',
  ],
])('an access denied with %j may be about the caller', (reason) =>
  expect(saysRecipientOptedOut(reason)).toBe(false),
);
