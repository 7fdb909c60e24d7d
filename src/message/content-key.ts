import { type Message, messageFieldNames, messageFields, type Plan } from './message.ts';

const rowFields = messageFieldNames.filter((name) => messageFields[name].scope === 'row');

/** Fields that every message has, and whose values stand in keys without their names. */
const firstFields: readonly (keyof Message)[] = ['text', 'template', 'sender', 'variables'];

/** The other fields of rows. A message without one of them has the key that it had before there was that field. */
const laterFields = rowFields.filter((name) => !firstFields.includes(name));

/** Fields that all rows of a bulk agree on, less those that fingerprints name by themselves. */
const laterBulkFields = messageFieldNames.filter(
  (name) => messageFields[name].scope === 'bulk' && name !== 'chain' && name !== 'simulation',
);

/** Returns a text of the fields that all rows of a bulk agree on, besides channels and simulation; '' for none. */
export function bulkKey(message: Message): string {
  const set = laterBulkFields.filter((name) => message[name] !== undefined && message[name] !== null);
  return set.map((name) => `\u0003${name}\u0000${JSON.stringify(message[name])}`).join('');
}

/** Returns a text that two messages share exactly if they say the same to the same recipient. */
export function contentKey({ to, message }: Pick<Plan, 'to' | 'message'>): string {
  let key: string = to;
  for (const name of firstFields) {
    const value: unknown = message[name];
    if (typeof value !== 'object' || value === null) key += `\u0000${value}`;
    else for (const inner in value) key += `\u0000${inner}\u0000${(value as Record<string, unknown>)[inner]}`;
  }
  for (const name of laterFields) {
    const value = message[name] ?? null;
    if (value !== null) key += `\u0000${name}\u0000${JSON.stringify(value)}`;
  }
  return key;
}
