/** Help topics, besides the commands. */
export const topics: readonly string[] = [
  'exit-codes',
  'statuses',
  'terms',
  'dialects',
  'environment',
  'formats',
  'files',
  'sandbox',
];
