/**
 * Returns the number that stands for a person. WhatsApp reports mobile numbers of three countries in another form than
 * people write them: Brazilian ones without their ninth digit, Mexican ones with a 1 and Argentine ones with or without
 * a 9 after the country code.
 */
export function toPersonKey(phone: string): string {
  // A bulk asks for each of its rows.
  if (!phone.startsWith('+5')) return phone;
  return phone
    .replace(/^\+55([1-9]\d)([6-9]\d{7})$/, '+55$19$2')
    .replace(/^\+521(\d{10})$/, '+52$1')
    .replace(/^\+549(\d{10})$/, '+54$1');
}

/** Returns all forms of a number that stand for the same person, the one of `toPersonKey` first. */
export function listPersonForms(phone: string): string[] {
  const key = toPersonKey(phone);
  const other = key
    .replace(/^\+55(\d\d)9([6-9]\d{7})$/, '+55$1$2')
    .replace(/^\+52(\d{10})$/, '+521$1')
    .replace(/^\+54(\d{10})$/, '+549$1');
  return other === key ? [key] : [key, other];
}
