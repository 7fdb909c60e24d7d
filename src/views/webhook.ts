import type { Column } from '../output/columns.ts';

/** The webhook of the account. */
export interface RegisteredWebhook {
  url: string | null;
}

export const webhookColumns: readonly Column<RegisteredWebhook>[] = [
  { key: 'url', summary: 'URL that the gateway calls, or null', value: ({ url }) => url },
];
