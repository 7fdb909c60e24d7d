/** What `qlara help` can be asked about besides commands. */
export const topics: readonly string[] = [
  'exit-codes',
  'statuses',
  'terms',
  'environment',
  'formats',
  'files',
  'sandbox',
];
