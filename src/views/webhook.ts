import type { Column } from '../output/columns.ts';

/** What is known of the account's webhook. */
export interface Registered {
  url: string | null;
}

export const webhookColumns: readonly Column<Registered>[] = [
  { key: 'url', summary: 'URL that the gateway calls, or null', value: ({ url }) => url },
];
