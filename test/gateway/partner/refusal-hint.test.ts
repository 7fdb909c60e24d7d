import { expect, test } from 'vitest';
import { describeReason } from '../../../src/gateway/http/json.ts';
import { hintFor as hintForReason } from '../../../src/gateway/partner/refusal-hint.ts';

const hintFor = (answer: unknown) => hintForReason(describeReason(answer) ?? '');

test.each([
  { message: 'destination: must not be null' },
  { message: 'sender must not be blank' },
  { detail: 'body is required' },
  { message: 'phoneNumberId is required' },
  { message: "must have required property 'destination'" },
  { message: 'Missing required field: sender' },
  { message: 'Missing field "body"' },
  { message: 'The destination field is required.' },
  { message: 'destination cannot be null' },
  { message: "destination can't be blank" },
  { message: 'Required request field body is missing' },
  { message: 'destination obbligatorio' },
  { errors: [{ field: 'sender', defaultMessage: 'must not be blank' }] },
  { errors: { destination: ['must not be empty'] } },
  { errors: { Destination: ['The Destination field is required.'] } },
  { detail: [{ loc: ['body', 'destination'], msg: 'field required' }] },
  { violations: [{ fieldName: 'agentId' }] },
  { violations: [{ propertyPath: 'destination', message: 'may not be null' }] },
])('%j names a missing field of the newer dialect', (answer) => {
  expect(hintFor(answer)).toBe(
    'this gateway speaks the platform dialect: `qlara profile set dialect platform`',
  );
});

test.each([
  { detail: 'body too long' },
  { message: 'body is too long' },
  { message: 'body: size must be between 1 and 1600' },
  { message: 'sender not allowed' },
  { message: 'sender is not registered' },
  { message: 'sender ID is invalid' },
  { message: 'destination is not a valid number' },
  { message: 'destination invalid' },
  { message: 'destination: invalid phone number' },
  { message: 'destination country not enabled' },
  { message: 'destination blocked' },
  { message: 'agentId unknown' },
  { message: 'Required request body is missing' },
  { message: 'Required request body is missing: public Response send()' },
  { message: 'the text is required' },
  { message: 'phoneNumber is no valid destination' },
  { message: 'phoneNumber: must not be null' },
  { message: 'the destination is required to have a country code' },
  { message: 'template body does not match' },
  { errors: [{ field: 'sender', message: 'is not allowed' }] },
  { errors: [{ field: 'body', message: 'length must be at most 1600' }] },
  {
    errors: [
      { field: 'phoneNumber', message: 'is required' },
      { field: 'sender', message: 'is required' },
    ],
  },
  { detail: [{ loc: ['body', 'phoneNumber'], msg: 'field required' }] },
  { detail: [{ loc: ['body', 'message'], msg: 'field required' }] },
  {},
])('%j does not', (answer) => expect(hintFor(answer)).toBeUndefined());
