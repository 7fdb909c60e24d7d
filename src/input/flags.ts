import { dialectNames } from '../gateway/dialects.ts';
import { channelNames, templateChannels, templateStatuses } from '../message/channels/channel.ts';
import { failedStatuses, statusFilters } from '../message/event.ts';
import { parseAccountId, parseCampaign, parseMessageId, parseSender } from '../message/id.ts';
import { numberSeparator, parseCountry } from '../message/phone.ts';
import { webhookShapes } from '../message/webhook.ts';
import { formats } from '../output/formats/format.ts';
import { parseAmount } from '../sandbox/amount.ts';
import { sandboxDialectNames } from '../sandbox/dialects.ts';
import {
  type Flags,
  lists,
  optional,
  optionalToggle,
  preset,
  required,
  several,
  toggle,
  toggleOff,
} from './flag.ts';
import { future, past } from './times.ts';
import {
  anyUrl,
  assignment,
  atLeast,
  callbackUrl,
  choice,
  commas,
  duration,
  file as filePath,
  hookPath,
  httpsUrl,
  httpUrl,
  mapping,
  overrideReason,
  rate as perSecond,
  profileName,
  read,
  sandboxSpeed,
  text,
  wholeNumber,
} from './value-types.ts';

/** All flags, each declared once. Commands import theirs by name. */

export const to = lists(
  commas(text('NUMBER'), numberSeparator),
  {
    flag: 'to',
    short: 't',
    summary: 'destination in E.164; repeatable or comma-separated',
    group: 'Message',
  },
  'required',
);
export const country = optional(read('CC', parseCountry), {
  flag: 'country',
  summary: 'country of numbers without a country code, for example IT',
  group: 'Message',
});
export const message = several(text('TEXT'), {
  flag: 'message',
  short: 'm',
  summary: 'message text; {name} is a placeholder, - reads standard input',
  group: 'Message',
});
export const template = several(
  { ...text('ID'), known: 'templates' },
  { flag: 'template', summary: 'id of an approved template', group: 'Message' },
);
export const variables = several(assignment, {
  flag: 'var',
  summary: 'value for a placeholder; repeatable',
  group: 'Message',
});
export const variablesFile = optional(filePath('FILE'), {
  flag: 'vars-file',
  summary: 'JSON object with values for placeholders; - reads standard input',
  group: 'Message',
});
export const from = optional(read('SENDER', parseSender), {
  flag: 'from',
  summary: 'sender ID: up to 11 letters and digits, or up to 16 digits',
  group: 'Message',
});
export const content = optional(filePath('FILE'), {
  flag: 'content',
  summary: 'JSON or YAML file with RCS or WhatsApp content: type and body; - reads standard input (platform)',
  group: 'Message',
});
export const media = optional(httpsUrl, {
  flag: 'media',
  summary: 'https address of an image, a video or a document to send with the message (platform)',
  group: 'Message',
});
export const rcsTemplate = optional(
  { ...text('ID'), known: 'templates' },
  {
    flag: 'rcs-template',
    summary: 'template on RCS, where it differs from --template (platform)',
    group: 'Message',
  },
);
export const agentId = optional(wholeNumber('N', 1, Number.MAX_SAFE_INTEGER), {
  flag: 'agent-id',
  summary: 'RCS agent that sends the message (platform; usually `qlara profile set agentId`)',
  group: 'Message',
});
export const phoneNumberId = optional(read('ID', parseAccountId), {
  flag: 'phone-number-id',
  summary: 'id of the WhatsApp number to send from (platform; `qlara numbers` lists them)',
  group: 'Message',
});
export const campaign = optional(read('LABEL', parseCampaign), {
  flag: 'campaign',
  summary: 'label that groups messages at the gateway, up to 255 characters (platform)',
  group: 'Message',
});
export const smsOnly = optionalToggle({
  flag: 'sms-only',
  summary: 'keep the gateway from sending the SMS over RCS (platform)',
  group: 'Message',
});
export const at = optional(future(Date.now), {
  flag: 'at',
  summary: 'when the gateway sends it: +2h or ISO 8601 (platform)',
  group: 'Delivery',
});
export const id = optional(read('ID', parseMessageId), {
  flag: 'id',
  summary: 'message id; a message is sent at most once per id',
  group: 'Message',
});
export const fallback = toggle({
  flag: 'fallback',
  summary: 'let the gateway fall back to the next channel: WhatsApp, then RCS, then SMS',
  group: 'Message',
});
export const file = several(filePath('PATH'), {
  flag: 'file',
  summary: 'CSV, TSV or JSON Lines file with one message per row; - reads standard input',
  group: 'Bulk',
});
export const map = several(mapping, {
  flag: 'map',
  summary: 'read a field or a placeholder from this column, for example to=Telefono; repeatable',
  group: 'Bulk',
});
export const rate = optional(perSecond, {
  flag: 'rate',
  summary: 'maximum request rate, such as 20/s or 1000/m (default: the documented 50/s and 1000/m)',
  group: 'Bulk',
});
export const concurrency = preset(wholeNumber('N', 1, 256), 64, {
  flag: 'concurrency',
  summary: 'maximum number of requests in flight (default 64)',
  group: 'Bulk',
});
export const retryConcurrency = optional(wholeNumber('N', 1, 256), {
  flag: 'concurrency',
  summary: 'maximum number of requests in flight (default: same as the first run)',
  group: 'Bulk',
});
export const retryRate = optional(perSecond, {
  flag: 'rate',
  summary: 'maximum request rate, such as 20/s or 1000/m (default: same as the first run)',
  group: 'Bulk',
});
export const name = optional(text('LABEL'), {
  flag: 'name',
  summary: 'label for this bulk; the same rows under another label are sent again',
  group: 'Bulk',
});
export const retryName = optional(text('LABEL'), {
  flag: 'name',
  summary: 'label for the new bulk',
  group: 'Bulk',
});
export const skipInvalid = toggle({
  flag: 'skip-invalid',
  summary: 'send the valid rows; write the others to NAME.rejects.csv',
  group: 'Bulk',
});
export const allowDuplicates = toggle({
  flag: 'allow-duplicates',
  summary: 'send duplicate rows too',
  group: 'Bulk',
});
export const dryRun = toggle({
  flag: 'dry-run',
  summary: 'show the plan and the exact HTTP request; send nothing',
  group: 'Delivery',
});
export const simulation = toggle({
  flag: 'simulate',
  summary: 'have the gateway validate the message without sending it',
  group: 'Delivery',
});
export const wait = toggle({
  flag: 'wait',
  summary: 'wait until every message is final; the exit code tells the result',
  group: 'Delivery',
});
export const watch = toggle({
  flag: 'watch',
  short: 'w',
  summary: 'like --wait, and show each change as it happens',
  group: 'Delivery',
});
export const timeout = preset(duration, 300_000, {
  flag: 'timeout',
  summary: 'maximum time to wait with --wait or --watch (default 5m)',
  group: 'Delivery',
});
export const interval = preset(atLeast(duration, 10, '10ms'), 2_000, {
  flag: 'interval',
  summary: 'how often to ask the gateway (default 2s)',
  group: 'Delivery',
});
export const username = optional(text('NAME'), {
  flag: 'username',
  summary: 'log in with a user name; the password is prompted for or read from standard input',
  group: 'Gateway',
});
export const check = toggleOff({
  flag: 'check',
  summary: 'store the key without testing it at the gateway',
  group: 'Gateway',
});
export const templateCheck = toggleOff({
  flag: 'template-check',
  alias: 'check',
  summary: 'skip comparing the template with the gateway',
  group: 'Delivery',
});
const toOptional = { ...to, presence: 'optional' as const };
/** Prompted for in a terminal. */
export const toOrPrompt = {
  ...to,
  presence: 'prompted' as const,
  summary: `${to.summary} (required without --file)`,
};
export const yes = toggle({
  flag: 'yes',
  short: 'y',
  summary: 'skip the confirmation prompt',
  group: 'General',
});

export const channel = optional(choice('CHANNEL', 'channel', channelNames), {
  flag: 'channel',
  summary: `filter by channel: ${channelNames.join(', ')}`,
  group: 'Filter',
});
export const status = lists(commas(choice('STATUS', 'status', statusFilters)), {
  flag: 'status',
  alias: 'only',
  summary: 'filter by status; in-doubt selects messages in doubt',
  group: 'Filter',
});
export const since = optional(past(Date.now), {
  flag: 'since',
  summary: 'only messages created since a time: 1h, 7d, yesterday or ISO 8601',
  group: 'Filter',
});
export const history = toggle({
  flag: 'history',
  summary: 'list what the account sent, from any program, by the gateway’s history (platform)',
  group: 'Filter',
});
export const until = optional(past(Date.now), {
  flag: 'until',
  summary: 'with --history, only messages sent until a time',
  group: 'Filter',
});
export const limit = optional(wholeNumber('N', 1, 1_000_000), {
  flag: 'limit',
  summary: 'maximum number of messages, newest first (default 20 without ids)',
  group: 'Filter',
});
export const bulk = optional(
  { ...text('ID'), known: 'bulks' },
  { flag: 'bulk', summary: 'only messages of this bulk', group: 'Filter' },
);
export const templateChannel = optional(choice('CHANNEL', 'channel', templateChannels), {
  flag: 'channel',
  summary: `channel of the template: ${templateChannels.join(' or ')}`,
  group: 'Message',
});
export const templateStatus = optional(choice('STATUS', 'status', templateStatuses), {
  flag: 'status',
  summary: `filter by status: ${templateStatuses.join(', ')}`,
  group: 'Filter',
});
export const refresh = toggleOff({
  flag: 'refresh',
  summary: 'show recorded data without asking the gateway',
  group: 'Delivery',
});
export const failedStatus = lists(commas(choice('STATUS', 'status', failedStatuses)), {
  flag: 'status',
  alias: 'only',
  summary: `filter by status: ${failedStatuses.join(', ')} (default: all three)`,
  group: 'Filter',
});
export const refreshOnce = toggle({
  flag: 'refresh',
  summary: 'ask the gateway about open messages first',
  group: 'Delivery',
});

export const rich = toggle({ flag: 'rich', summary: 'send images, cards or buttons', group: 'Message' });
export const android = toggle({ flag: 'android', summary: 'reach Android phones', group: 'Message' });
export const reach = toggle({ flag: 'reach', summary: 'reach as many people as possible', group: 'Message' });
export const freeForm = toggle({
  flag: 'free-form',
  summary: 'send any text, without a template',
  group: 'Message',
});
export const twoWay = toggle({ flag: 'two-way', summary: 'let people reply', group: 'Message' });

export const inDoubtBulk = optional(
  { ...text('ID'), known: 'bulks' },
  { flag: 'bulk', summary: 'settle every message of this bulk that is in doubt', group: 'Filter' },
);
export const sent = toggle({
  flag: 'sent',
  summary: 'record the messages as submitted: the gateway accepted them',
  group: 'Message',
});
export const notSent = toggle({
  flag: 'not-sent',
  summary: 'queue the messages again: the gateway did not accept them',
  group: 'Message',
});
export const reason = optional(text('TEXT'), {
  flag: 'reason',
  summary: 'how you know; recorded with each message',
  group: 'Message',
});

// Opt-outs

export const note = optional(text('TEXT'), {
  flag: 'note',
  summary: 'note to record with the opt-out',
  group: 'General',
});
export const overrideOptOut = optional(read('REASON', overrideReason), {
  flag: 'override-opt-out',
  summary: 'send even if the recipient opted out; the reason is recorded',
  group: 'Delivery',
});
export const ignoreWindow = optional(read('REASON', overrideReason), {
  flag: 'ignore-window',
  summary: 'send free-form WhatsApp outside the 24-hour window; the reason is recorded',
  group: 'Delivery',
});
export const force = optional(read('REASON', overrideReason), {
  flag: 'force',
  summary: 'set both --override-opt-out and --ignore-window',
  group: 'Delivery',
});
export const skipNumbers = toggle({
  flag: 'skip-invalid',
  summary: 'skip rows without a number and import the rest',
  group: 'Bulk',
});

// Inbox

export const unread = toggle({
  flag: 'unread',
  summary: 'only conversations with unread messages',
  group: 'Filter',
});
export const follow = toggle({
  flag: 'follow',
  short: 'f',
  summary: 'keep running and print what is new, until Ctrl-C',
  group: 'Delivery',
});
export const followBulks = toggle({
  flag: 'follow',
  short: 'f',
  summary: 'keep running and send the next bulks too, until Ctrl-C or SIGTERM',
  group: 'Delivery',
});
export const followInterval = preset(atLeast(duration, 10, '10ms'), 5_000, {
  flag: 'interval',
  summary: 'with --follow, how often to ask the gateway (default 5s)',
  group: 'Delivery',
});
export const markRead = toggle({
  flag: 'mark-read',
  summary: 'mark the conversation as read at the gateway',
  group: 'Delivery',
});
export const chatChannel = optional(choice('CHANNEL', 'channel', channelNames), {
  flag: 'channel',
  summary: 'choose among several conversations with one number: whatsapp, rcs, sms',
  group: 'Filter',
});
export const replyText = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'message text; - reads standard input', group: 'Message' },
  'required',
);

// Webhook receiver

export const listenPort = preset(wholeNumber('PORT', 0, 65_535), 8081, {
  flag: 'port',
  summary: 'port to listen on (default 8081; 0 picks a free one)',
  group: 'Server',
});
export const path = optional(read('PATH', hookPath), {
  flag: 'path',
  summary: 'path to accept calls on, for example /hooks/qlara (default: a secret path)',
  group: 'Server',
});
export const secretPath = toggle({
  flag: 'secret-path',
  summary: 'append a secret segment to --path',
  group: 'Server',
});
export const allow = lists(commas(text('ADDRESS')), {
  flag: 'allow',
  summary: 'accept only these addresses: 192.0.2.7, 192.0.2.0/24; repeatable',
  group: 'Server',
});
export const forwardTo = several(anyUrl, {
  flag: 'forward-to',
  summary: 'forward each call to this URL and retry until it is accepted; repeatable',
  group: 'Server',
});
export const register = optional(callbackUrl, {
  flag: 'register',
  summary: 'register this public URL at the gateway; restore the previous one on exit',
  group: 'Gateway',
});
export const form = optional(choice('FORM', 'form', dialectNames), {
  flag: 'form',
  summary: 'dialect of the registration call (default: that of the profile)',
  group: 'Gateway',
});

// Sandbox

export const port = preset(wholeNumber('PORT', 0, 65_535), 8080, {
  flag: 'port',
  summary: 'port to listen on (default 8080; 0 picks a free one)',
  group: 'Server',
});
export const host = preset(text('ADDRESS'), '127.0.0.1', {
  flag: 'host',
  summary: 'address to listen on (default 127.0.0.1)',
  group: 'Server',
});
export const speed = preset(sandboxSpeed, 1, {
  flag: 'speed',
  summary: 'deliver messages this many times faster (default 1)',
  group: 'Server',
});
export const rateLimit = toggle({
  flag: 'rate-limit',
  summary: 'enforce the documented limits: 50 requests per second, 1,000 per minute',
  group: 'Server',
});
export const state = optional(filePath('PATH'), {
  flag: 'state',
  summary: 'where to keep messages: a file, or `memory` (default: the file of --sandbox)',
  group: 'Server',
});
export const strict = optional(choice('DIALECT', 'dialect', sandboxDialectNames), {
  flag: 'strict',
  summary: `be an account of one generation only: ${sandboxDialectNames.join(', ')} (default: all)`,
  group: 'Server',
});
export const startingCredit = optional(read('AMOUNT', parseAmount), {
  flag: 'credit',
  summary: 'balance that the account began with, in EUR (default 100000)',
  group: 'Server',
});
export const webhookUrl = optional(callbackUrl, {
  flag: 'webhook-url',
  summary: 'URL to call with receipts and inbound messages: https, or http on this machine',
  group: 'Server',
});
export const webhookShape = optional(choice('SHAPE', 'shape', webhookShapes), {
  flag: 'webhook-shape',
  summary: `format of these calls: ${webhookShapes.join(', ')} (default: as registered; for --webhook-url that of --strict, else partner)`,
  group: 'Server',
});
export const inboundFrom = required(text('NUMBER'), {
  flag: 'from',
  summary: 'number that writes, in E.164',
  group: 'Message',
});
export const inboundText = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'text of the message; - reads standard input', group: 'Message' },
  'required',
);
export const inboundChannel = preset(choice('CHANNEL', 'channel', channelNames), 'whatsapp', {
  flag: 'channel',
  summary: `channel of the message: ${channelNames.join(', ')} (default whatsapp)`,
  group: 'Message',
});

/** The global flags, which every command accepts. */
export const globalFlags = {
  output: optional(choice('FORMAT', 'format', formats), {
    flag: 'output',
    short: 'o',
    summary: 'output format: table, json, ndjson or csv',
    group: 'Output',
  }),
  json: toggle({ flag: 'json', summary: 'same as --output json', group: 'Output' }),
  columns: lists(commas(text('COLUMN')), {
    flag: 'columns',
    summary: 'print only these columns, in this order',
    group: 'Output',
  }),
  color: preset(choice('WHEN', 'choice', ['auto', 'always', 'never']), 'auto', {
    flag: 'color',
    summary: 'when to use color: auto, always or never',
    group: 'Output',
  }),
  quiet: toggle({
    flag: 'quiet',
    short: 'q',
    summary: 'do not print notes and progress',
    group: 'Output',
  }),
  verbose: toggle({
    flag: 'verbose',
    short: 'v',
    summary: 'print each HTTP exchange to stderr, without secrets and message text',
    group: 'Output',
  }),
  profile: optional(profileName, {
    flag: 'profile',
    summary: 'profile to use, with its settings, key and ledger',
    group: 'Gateway',
  }),
  sandbox: toggle({
    flag: 'sandbox',
    summary: 'use the embedded gateway; nothing leaves this machine',
    group: 'Gateway',
  }),
  baseUrl: optional(httpUrl, { flag: 'base-url', summary: 'base URL of the gateway', group: 'Gateway' }),
  dialect: optional(choice('DIALECT', 'dialect', dialectNames), {
    flag: 'dialect',
    summary: `dialect of the gateway’s API: ${dialectNames.join(', ')}`,
    group: 'Gateway',
  }),
  input: toggleOff({ flag: 'input', summary: 'never prompt', group: 'General' }),
  help: toggle({ flag: 'help', short: 'h', summary: 'show help', group: 'General' }),
  version: toggle({ flag: 'version', short: 'V', summary: 'print the version', group: 'General' }),
} satisfies Flags;

/** The flags of every send. A flag with the name of a message field is sent along; see `messageFields`. */
const sharedSendFlags = {
  country,
  from,
  campaign,
  at,
  variables,
  variablesFile,
  id,
  dryRun,
  simulation,
  wait,
  watch,
  timeout,
  overrideOptOut,
  ignoreWindow,
  force,
  yes,
  file,
  map,
  rate,
  concurrency,
  name,
  skipInvalid,
  allowDuplicates,
};

/** The flags of the rich channels. */
const rcsFlags = { content, media, agentId };
const whatsappFlags = { phoneNumberId, rcsTemplate, ...rcsFlags };

/** The flags of a check: those that decide whether a send is refused. */
const sharedCheckFlags = {
  variables,
  variablesFile,
  country,
  from,
  campaign,
  at,
  id,
  file,
  map,
  allowDuplicates,
  overrideOptOut,
  ignoreWindow,
  force,
};

/** The flags of each kind of check, in the order in which help shows them. A check without a channel has all of them. */
export const checkFlags = {
  sms: { to: toOptional, message, smsOnly, ...sharedCheckFlags },
  rcs: { to: toOptional, template, ...rcsFlags, ...sharedCheckFlags, templateCheck, fallback, message },
  whatsapp: {
    to: toOptional,
    template,
    message,
    ...whatsappFlags,
    ...sharedCheckFlags,
    templateCheck,
    fallback,
  },
  any: {
    to: toOptional,
    message,
    template,
    smsOnly,
    ...whatsappFlags,
    ...sharedCheckFlags,
    templateCheck,
    fallback,
  },
} satisfies Record<string, Flags>;

/** The flags of each kind of send, in the order in which help shows them. A fallback send has all of them. */
export const sendFlags = {
  sms: { to: toOrPrompt, message, smsOnly, ...sharedSendFlags },
  rcs: { to: toOrPrompt, template, ...rcsFlags, ...sharedSendFlags, templateCheck, fallback, message },
  whatsapp: {
    to: toOrPrompt,
    template,
    message,
    ...whatsappFlags,
    ...sharedSendFlags,
    templateCheck,
    fallback,
  },
  fallback: {
    to: toOrPrompt,
    message,
    template,
    ...whatsappFlags,
    ...sharedSendFlags,
    templateCheck,
    fallback,
  },
} satisfies Record<string, Flags>;

/** All flags of sends, by their names in a command. */
export const anySendFlags = { ...sendFlags.fallback, ...sendFlags.sms } satisfies Flags;
