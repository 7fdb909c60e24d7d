import type { Dialect } from '../dialect.ts';
import { listOwnChannels } from '../vendor/channels.ts';
import { contentFields, readError } from '../vendor/errors.ts';
import { readSend } from '../vendor/send-answer.ts';
import { readStatus, statusCalls } from '../vendor/status.ts';
import { rules } from './rules.ts';
import { send } from './send.ts';

/** The newer generation (vendor: the OpenAPI reference and the guides of the Qlara platform). */
export const dialect: Dialect = {
  rules,
  send,
  readSend,
  readError: (response, now) =>
    readError(response, now, async (reason) => (await import('./refusal-hint.ts')).hintFor(reason)),
  contentFields,
  // An account may be set to turn SMS into RCS (vendor: `guides/sms-universal`).
  listChannels: (message) =>
    message.chain[0] === 'sms' && !message.smsOnly ? [...message.chain, 'rcs'] : listOwnChannels(message),
  statusCalls,
  readStatus,
  openTemplates: async (client, phoneNumberId) =>
    (await import('../vendor/templates.ts')).openTemplates(client, { phoneNumberId, hasNumberIds: true }),
  openInbox: async (...args) => (await import('../vendor/inbox.ts')).openInbox(...args),
  openWebhooks: async (client) => (await import('../vendor/webhooks.ts')).createWebhooks(client, 'platform'),
  fetchCredit: async (client) => (await import('../vendor/credit.ts')).fetchCredit(client),
  listNumbers: async (client) => (await import('./numbers.ts')).listNumbers(client),
  async *readHistory(client, query) {
    yield* (await import('./history.ts')).readHistory(client, query);
  },
  loadEventReader: async () => (await import('./events.ts')).eventReader,
  loadProbes: async () => (await import('./probes.ts')).probes,
  neededSettings: ['from', 'agentId', 'phoneNumberId'],
};
