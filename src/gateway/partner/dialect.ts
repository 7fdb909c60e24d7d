import type { Dialect } from '../dialect.ts';
import { listOwnChannels } from '../vendor/channels.ts';
import { contentFields, readError } from '../vendor/errors.ts';
import { readSend } from '../vendor/send-answer.ts';
import { readStatus, statusCalls } from '../vendor/status.ts';
import { send } from './send.ts';

/** The older generation (vendor: `guides/quick-start`, `guides/channels`, `guides/webhooks`). */
export const dialect: Dialect = {
  rules: {
    carries: new Set(),
    rcsNeedsNoTemplate: false,
    sharesTemplate: true,
    numbersTemplates: false,
    isReservedValue: () => false,
    findProblems: () => [],
  },
  send,
  readSend,
  // The hint is loaded when used, as most sends are accepted.
  readError: (response, now) =>
    readError(response, now, async (reason) => (await import('./refusal-hint.ts')).hintFor(reason)),
  contentFields,
  listChannels: listOwnChannels,
  statusCalls,
  readStatus,
  openTemplates: async (client) => (await import('../vendor/templates.ts')).openTemplates(client),
  openInbox: async (...args) => (await import('../vendor/inbox.ts')).openInbox(...args),
  openWebhooks: async (client) => (await import('../vendor/webhooks.ts')).createWebhooks(client, 'partner'),
  fetchCredit: async (client) => (await import('../vendor/credit.ts')).fetchCredit(client),
  loadEventReader: async () => (await import('./events.ts')).eventReader,
  loadProbes: async () => (await import('./probes.ts')).probes,
  neededSettings: [],
};
