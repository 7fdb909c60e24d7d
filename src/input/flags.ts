import { dialectNames } from '../gateway/dialects.ts';
import { channelNames, templateChannels, templateStatuses } from '../message/channels/channel.ts';
import { failedStatuses, statusFilters } from '../message/event.ts';
import { parseMessageId, parseSender } from '../message/id.ts';
import { parseCountry } from '../message/phone.ts';
import { registrationForms, webhookShapes } from '../message/webhook.ts';
import { formats } from '../output/formats/format.ts';
import { type Flags, lists, optional, preset, required, several, toggle, toggleOff } from './flag.ts';
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
  httpUrl,
  mapping,
  overrideReason,
  past,
  rate as perSecond,
  profileName,
  read,
  text,
  wholeNumber,
} from './value-types.ts';

/** Every flag there is, each declared once. Commands pick theirs by name. */

export const to = lists(
  commas(text('NUMBER')),
  { flag: 'to', short: 't', summary: 'destination in E.164; repeatable, commas allowed', group: 'Message' },
  'needed',
);
export const country = optional(read('CC', parseCountry), {
  flag: 'country',
  summary: 'country of numbers without a country code, such as IT',
  group: 'Message',
});
export const message = several(text('TEXT'), {
  flag: 'message',
  short: 'm',
  summary: 'the text; {name} is a placeholder, - reads standard input',
  group: 'Message',
});
export const template = several(
  { ...text('ID'), known: 'templates' },
  { flag: 'template', summary: 'an approved template', group: 'Message' },
);
export const variables = several(assignment, {
  flag: 'var',
  summary: 'value of a placeholder; repeatable',
  group: 'Message',
});
export const variablesFile = optional(filePath('FILE'), {
  flag: 'vars-file',
  summary: 'values of placeholders, a JSON object; - reads standard input',
  group: 'Message',
});
export const from = optional(read('SENDER', parseSender), {
  flag: 'from',
  summary: 'sender ID: up to 11 letters and digits, or up to 16 digits',
  group: 'Message',
});
export const id = optional(read('ID', parseMessageId), {
  flag: 'id',
  summary: 'id of this message: under one id a message is sent at most once',
  group: 'Message',
});
export const fallback = toggle({
  flag: 'fallback',
  summary: 'let the gateway try the next channel: WhatsApp, then RCS, then SMS',
  group: 'Message',
});
export const file = several(filePath('PATH'), {
  flag: 'file',
  summary: 'rows of CSV, TSV or JSON Lines, each a message; - reads standard input',
  group: 'Bulk',
});
export const map = several(mapping, {
  flag: 'map',
  summary: 'the column that a field is in: to=Telefono; repeatable',
  group: 'Bulk',
});
export const rate = optional(perSecond, {
  flag: 'rate',
  summary: 'at most so many requests, 20/s or 1000/m (default 50/s and 1000/m, as documented)',
  group: 'Bulk',
});
export const concurrency = preset(wholeNumber('N', 1, 256), 64, {
  flag: 'concurrency',
  summary: 'requests under way at once (default 64)',
  group: 'Bulk',
});
export const concurrencyAgain = optional(wholeNumber('N', 1, 256), {
  flag: 'concurrency',
  summary: 'requests under way at once (default: as the first time)',
  group: 'Bulk',
});
export const rateAgain = optional(perSecond, {
  flag: 'rate',
  summary: 'at most so many requests, 20/s or 1000/m (default: as the first time)',
  group: 'Bulk',
});
export const name = optional(text('LABEL'), {
  flag: 'name',
  summary: 'what to call it; the same rows under another name are another bulk',
  group: 'Bulk',
});
export const nameAgain = optional(text('LABEL'), {
  flag: 'name',
  summary: 'what to call the new bulk',
  group: 'Bulk',
});
export const skipInvalid = toggle({
  flag: 'skip-invalid',
  summary: 'send the rest where rows are invalid; those go to NAME.rejects.csv',
  group: 'Bulk',
});
export const allowDuplicates = toggle({
  flag: 'allow-duplicates',
  summary: 'send rows that are alike in destination and content each time they stand there',
  group: 'Bulk',
});
export const dryRun = toggle({
  flag: 'dry-run',
  summary: 'show the plan and the exact HTTP request; send nothing',
  group: 'Delivery',
});
export const simulation = toggle({
  flag: 'simulate',
  summary: 'let the gateway validate the message and not send it',
  group: 'Delivery',
});
export const wait = toggle({
  flag: 'wait',
  summary: 'until every message is final; the exit code says how it ended',
  group: 'Delivery',
});
export const watch = toggle({
  flag: 'watch',
  short: 'w',
  summary: 'like --wait, and show every change',
  group: 'Delivery',
});
export const timeout = preset(duration, 300_000, {
  flag: 'timeout',
  summary: 'how long --wait and --watch last (default 5m)',
  group: 'Delivery',
});
export const interval = preset(atLeast(duration, 10, '10ms'), 2_000, {
  flag: 'interval',
  summary: 'time between two questions to the gateway (default 2s)',
  group: 'Delivery',
});
export const username = optional(text('NAME'), {
  flag: 'username',
  summary: 'Basic credentials: the name here, the password is asked for or read from standard input',
  group: 'Gateway',
});
export const check = toggleOff({
  flag: 'check',
  summary: 'store the key without asking the gateway whether it takes it',
  group: 'Gateway',
});
export const templateCheck = toggleOff({
  flag: 'template-check',
  alias: 'check',
  summary: 'skip comparing the template with the gateway',
  group: 'Delivery',
});
/** Prompted for in a terminal. */
export const toOrPrompt = { ...to, presence: 'asked' as const };
export const yes = toggle({ flag: 'yes', short: 'y', summary: 'ask for no confirmation', group: 'General' });

export const channel = optional(choice('CHANNEL', 'channel', channelNames), {
  flag: 'channel',
  summary: `only messages on this channel: ${channelNames.join(', ')}`,
  group: 'Filter',
});
export const status = lists(commas(choice('STATUS', 'status', statusFilters)), {
  flag: 'status',
  alias: 'only',
  summary: 'only messages with these statuses, or in doubt (in-doubt)',
  group: 'Filter',
});
export const since = optional(past(Date.now), {
  flag: 'since',
  summary: 'only messages made since: 1h, 7d, or ISO 8601',
  group: 'Filter',
});
export const limit = optional(wholeNumber('N', 1, 1_000_000), {
  flag: 'limit',
  summary: 'at most so many, the newest (default 20 without ids)',
  group: 'Filter',
});
export const bulk = optional(
  { ...text('ID'), known: 'bulks' },
  { flag: 'bulk', summary: 'only messages of this bulk', group: 'Filter' },
);
export const templateChannel = optional(choice('CHANNEL', 'channel', templateChannels), {
  flag: 'channel',
  summary: `the channel of the template: ${templateChannels.join(' or ')}`,
  group: 'Message',
});
export const templateStatus = optional(choice('STATUS', 'status', templateStatuses), {
  flag: 'status',
  summary: `only templates that are ${templateStatuses.join(', ')}`,
  group: 'Filter',
});
export const refresh = toggleOff({
  flag: 'refresh',
  summary: 'show what is known here; do not ask the gateway',
  group: 'Delivery',
});
export const failedStatus = lists(commas(choice('STATUS', 'status', failedStatuses)), {
  flag: 'status',
  alias: 'only',
  summary: `only messages that are ${failedStatuses.join(', ')} (default: all of these)`,
  group: 'Filter',
});
export const refreshOnce = toggle({
  flag: 'refresh',
  summary: 'ask the gateway about those on their way first; else what is known here is shown',
  group: 'Delivery',
});

export const rich = toggle({ flag: 'rich', summary: 'with images, cards or buttons', group: 'Message' });
export const android = toggle({ flag: 'android', summary: 'for Android phones', group: 'Message' });
export const reach = toggle({ flag: 'reach', summary: 'to as many people as possible', group: 'Message' });
export const freeForm = toggle({
  flag: 'free-form',
  summary: 'any text, without a template',
  group: 'Message',
});
export const twoWay = toggle({ flag: 'two-way', summary: 'people are to answer', group: 'Message' });

export const bulkOfDoubts = optional(
  { ...text('ID'), known: 'bulks' },
  { flag: 'bulk', summary: 'all messages of this bulk that are in doubt', group: 'Filter' },
);
export const sent = toggle({
  flag: 'sent',
  summary: 'the gateway accepted them: record them as submitted',
  group: 'Message',
});
export const notSent = toggle({
  flag: 'not-sent',
  summary: 'the gateway did not accept them: queue them again',
  group: 'Message',
});
export const reason = optional(text('TEXT'), {
  flag: 'reason',
  summary: 'how you know; it is recorded with each message',
  group: 'Message',
});

// Opt-outs

export const note = optional(text('TEXT'), {
  flag: 'note',
  summary: 'what is to be remembered about it',
  group: 'General',
});
export const overrideOptOut = optional(read('REASON', overrideReason), {
  flag: 'override-opt-out',
  summary: 'send although the recipient opted out; the reason is recorded',
  group: 'Delivery',
});
export const ignoreWindow = optional(read('REASON', overrideReason), {
  flag: 'ignore-window',
  summary: 'send free-form WhatsApp outside the 24-hour window; the reason is recorded',
  group: 'Delivery',
});
export const force = optional(read('REASON', overrideReason), {
  flag: 'force',
  summary: 'short for --override-opt-out and --ignore-window',
  group: 'Delivery',
});
export const skipNumbers = toggle({
  flag: 'skip-invalid',
  summary: 'import the rest where rows hold no number',
  group: 'Bulk',
});

// Inbox

export const unread = toggle({
  flag: 'unread',
  summary: 'only conversations with messages nobody has read',
  group: 'Filter',
});
export const follow = toggle({
  flag: 'follow',
  short: 'f',
  summary: 'go on and tell what comes, until Ctrl-C',
  group: 'Delivery',
});
export const followInterval = preset(atLeast(duration, 10, '10ms'), 5_000, {
  flag: 'interval',
  summary: 'with --follow: time between two questions to the gateway (default 5s)',
  group: 'Delivery',
});
export const markRead = toggle({
  flag: 'mark-read',
  summary: 'tell the gateway that all of it is read',
  group: 'Delivery',
});
export const chatChannel = optional(choice('CHANNEL', 'channel', channelNames), {
  flag: 'channel',
  summary: 'which conversation, where there are several with one number: whatsapp, rcs, sms',
  group: 'Filter',
});
export const answer = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'the text; - reads standard input', group: 'Message' },
  'needed',
);

// Webhook receiver

export const listenPort = preset(wholeNumber('PORT', 0, 65_535), 8081, {
  flag: 'port',
  summary: 'port to listen on (default 8081; 0 picks a free one)',
  group: 'Server',
});
export const path = optional(read('PATH', hookPath), {
  flag: 'path',
  summary: 'where calls are taken: /hooks/qlara (default: a path that nobody can guess)',
  group: 'Server',
});
export const secretPath = toggle({
  flag: 'secret-path',
  summary: 'add to --path a part that nobody can guess',
  group: 'Server',
});
export const allow = lists(commas(text('ADDRESS')), {
  flag: 'allow',
  summary: 'only callers from these addresses: 192.0.2.7, 192.0.2.0/24; repeatable',
  group: 'Server',
});
export const forwardTo = several(anyUrl, {
  flag: 'forward-to',
  summary: 'pass each call on to this address too, until it is taken; repeatable',
  group: 'Server',
});
export const register = optional(callbackUrl, {
  flag: 'register',
  summary: 'have the gateway call this public address, and put the one before back at the end',
  group: 'Gateway',
});
export const form = optional(choice('FORM', 'form', registrationForms), {
  flag: 'form',
  summary: 'register the older way (partner, the default) or the newer one (platform)',
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
export const speed = preset(wholeNumber('N', 1, 100_000), 1, {
  flag: 'speed',
  summary: 'how many times faster messages are delivered (default 1)',
  group: 'Server',
});
export const rateLimit = toggle({
  flag: 'rate-limit',
  summary: 'refuse more than the documented 50 requests a second and 1,000 a minute',
  group: 'Server',
});
export const state = optional(filePath('PATH'), {
  flag: 'state',
  summary: 'where messages are kept: a file, or `memory` (default: that of --sandbox)',
  group: 'Server',
});
export const webhookUrl = optional(callbackUrl, {
  flag: 'webhook-url',
  summary: 'who is told of deliveries and of what people write: https, or http on this machine',
  group: 'Server',
});
export const webhookShape = optional(choice('SHAPE', 'shape', webhookShapes), {
  flag: 'webhook-shape',
  summary: `form of these calls: ${webhookShapes.join(', ')} (default: as registered; of --webhook-url, partner)`,
  group: 'Server',
});
export const author = required(text('NUMBER'), {
  flag: 'from',
  summary: 'who writes, in E.164',
  group: 'Message',
});
export const saying = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'what they write; - reads standard input', group: 'Message' },
  'needed',
);
export const writingOn = preset(choice('CHANNEL', 'channel', channelNames), 'whatsapp', {
  flag: 'channel',
  summary: `where they write: ${channelNames.join(', ')} (default whatsapp)`,
  group: 'Message',
});

/** The flags of every command. */
export const globalFlags = {
  output: optional(choice('FORMAT', 'format', formats), {
    flag: 'output',
    short: 'o',
    summary: 'table, json, ndjson or csv',
    group: 'Output',
  }),
  json: toggle({ flag: 'json', summary: 'the same as --output json', group: 'Output' }),
  columns: lists(commas(text('COLUMN')), {
    flag: 'columns',
    summary: 'only these columns, in this order',
    group: 'Output',
  }),
  color: preset(choice('WHEN', 'choice', ['auto', 'always', 'never']), 'auto', {
    flag: 'color',
    summary: 'auto, always or never',
    group: 'Output',
  }),
  quiet: toggle({
    flag: 'quiet',
    short: 'q',
    summary: 'no notes and no progress on stderr',
    group: 'Output',
  }),
  verbose: toggle({
    flag: 'verbose',
    short: 'v',
    summary: 'each HTTP exchange on stderr, without secrets and message text',
    group: 'Output',
  }),
  profile: optional(profileName, {
    flag: 'profile',
    summary: 'settings and ledger to use',
    group: 'Gateway',
  }),
  sandbox: toggle({
    flag: 'sandbox',
    summary: 'use the embedded gateway: nothing leaves this machine',
    group: 'Gateway',
  }),
  baseUrl: optional(httpUrl, { flag: 'base-url', summary: 'address of the gateway', group: 'Gateway' }),
  dialect: optional(choice('DIALECT', 'dialect', dialectNames), {
    flag: 'dialect',
    summary: `generation of the gateway’s HTTP bodies: ${dialectNames.join(', ')}`,
    group: 'Gateway',
  }),
  input: toggleOff({ flag: 'input', summary: 'never ask anything', group: 'General' }),
  help: toggle({ flag: 'help', short: 'h', summary: 'this help', group: 'General' }),
  version: toggle({ flag: 'version', short: 'V', summary: 'print the version', group: 'General' }),
} satisfies Flags;

/** The flags of every send. A flag with the name of a message field is sent along; see `messageFields`. */
const sharedSendFlags = {
  country,
  from,
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

/** The flags of each kind of send, in the order in which help shows them. A fallback send has all of them. */
export const sendFlags = {
  sms: { to: toOrPrompt, message, ...sharedSendFlags },
  rcs: { to: toOrPrompt, template, ...sharedSendFlags, templateCheck, fallback, message },
  whatsapp: { to: toOrPrompt, template, message, ...sharedSendFlags, templateCheck, fallback },
  fallback: { to: toOrPrompt, message, template, ...sharedSendFlags, templateCheck, fallback },
} satisfies Record<string, Flags>;
