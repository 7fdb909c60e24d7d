import { register as registerWebhook, warnStillRegistered } from '../actions/register-webhook.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { type ExitKind, fail } from '../errors.ts';
import { loadEventReaders } from '../gateway/dialects.ts';
import { ipAllowList } from '../gateway/webhook/allow-list.ts';
import { openReceiver } from '../gateway/webhook/server.ts';
import type { Values } from '../input/flag.ts';
import { allow, form, forwardTo, host, listenPort, path, register, secretPath, yes } from '../input/flags.ts';
import type { Ledger } from '../ledger/api.ts';
import { openInboundReader } from '../message/inbound-number.ts';
import { pickColumns } from '../output/columns.ts';
import { pluralize } from '../output/units.ts';
import { describeUnclearSender, listUnclearSenders } from '../services/unclear-sender.ts';
import { forwarder } from '../services/webhook/forward.ts';
import { type ListenOptions, openIngest } from '../services/webhook/ingest.ts';
import { matchOrphansPeriodically } from '../services/webhook/orphans.ts';
import { readListenFile } from '../storage/webhook-file.ts';
import { buildEventLines, lineColumns, openFeed, openTally } from '../views/webhook-events.ts';

const flags = { port: listenPort, host, path, secretPath, allow, forwardTo, register, form, yes };

export default command({
  flags,
  columns: lineColumns,
  examples: [
    ['Receive webhooks of messages that another terminal sends to the sandbox', 'listen --sandbox'],
    [
      'Register a tunnel to this machine, and forward each call to an application',
      'listen --register https://example.com --forward-to http://127.0.0.1:3000/hooks',
    ],
    ['Print the text of inbound messages', `listen -o ndjson | jq -r 'select(.kind == "inbound") | .text'`],
  ],
  notes:
    'Each event is in the ledger before the gateway gets its answer; `status --watch`, `send --wait` and `bulk show --watch` of this profile show it at once. The vendor does not sign webhooks: anyone who knows the path can send false ones. The default path is secret and stays the same for a profile. Behind a tunnel, all callers have the address of the tunnel, so --allow cannot tell them apart. --register uses the registration of the profile’s dialect unless --form names another; calls of every dialect are read.',
  async run(values, context) {
    const { settings } = context;
    pickColumns(lineColumns, settings.columns);
    const admits = ipAllowList(values.allow);
    const ledger = await context.ledger();
    const stop = await ledger.events.listen();
    if (stop === undefined)
      fail(
        'setup',
        'listen.running',
        `another process is listening for profile ${settings.profile}`,
        '`qlara status --watch` shows what it receives',
      );
    try {
      return await listen(values, { admits, ledger }, context);
    } finally {
      // The end of this process ends it too.
      await stop().catch(() => {});
    }
  },
});

type FlagValues = Values<typeof flags>;

interface ListenContext {
  admits(address: string): boolean;
  ledger: Ledger;
}

/** Receives webhooks until stdout is closed or the clock throws; ends at once if the webhook may not be replaced. */
async function listen(
  values: FlagValues,
  { admits, ledger }: ListenContext,
  context: Context,
): Promise<ExitKind> {
  const { settings, notices, clock } = context;
  const { forwardTo } = values;
  const feed = await openFeed(context);
  const tally = openTally(notices);
  const forwards = await Promise.all(
    forwardTo.map(async (url) => {
      const post = await context.postForward(url);
      return forwarder({ url, name: redactUrl(url) }, post, ledger.forwards, clock, notices.info);
    }),
  );
  const orphans = matchOrphansPeriodically(ledger.events, clock);
  const onRecorded: ListenOptions['onRecorded'] = (events) => {
    const lines = buildEventLines(events);
    tally.count(lines);
    feed.add(lines);
    for (const sender of listUnclearSenders(events)) notices.info(describeUnclearSender(sender));
    if (events.some(({ kind }) => kind === 'orphan')) orphans.notify();
    for (const { notify } of forwards) notify();
  };
  const options = {
    words: settings.consentWords,
    ...(await context.masks()),
    readers: await loadEventReaders(),
    readNumber: await openInboundReader(settings.country),
    forwardTo,
    onRecorded,
    onUnknown: tally.countUnknown,
    onRefused: tally.refuse,
  };
  const receiver = await openReceiver({
    host: values.host,
    port: values.port,
    path: listenPath(values, context),
    isAllowed: admits,
    handleCall: openIngest(options, { ledger, clock }),
    onRefused: tally.refuse,
  });
  let restore: (() => Promise<void>) | undefined;
  let isListening = false;
  try {
    // Processes that send to the sandbox end too soon to call webhooks, so this one does.
    context.enableWebhooks();
    const url = publicUrl(values, receiver.url, context);
    if (url !== undefined) {
      restore = await registerWebhook(url, values.form, values.yes || settings.sandbox, context);
      if (restore === undefined) {
        notices.info('nothing changed');
        return 'declined';
      }
      if (!settings.sandbox) notices.info(`the gateway calls ${url}`);
    } else warnStillRegistered(context);
    await noteWaitingForwards(forwardTo, ledger, context);
    context.setStopResult('all received events are in the ledger');
    feed.open(receiver.url);
    isListening = true;
    const outputOpen = async () => {
      while (!context.outputClosed()) await clock.sleep(500);
    };
    await Promise.race([outputOpen(), orphans.run(onRecorded), ...forwards.map(({ run }) => run())]);
    return 'ok';
  } finally {
    await withTimeout(restore?.()).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      notices.info(
        `warning: could not restore the previous webhook: ${why}; the next run with --register tries again`,
      );
    });
    await receiver.close();
    if (isListening) await feed.end();
    if (isListening) tally.printTotals();
    for (const url of isListening ? forwardTo : []) {
      const waiting = await ledger.forwards.countWaiting(url);
      if (waiting > 0)
        notices.info(
          `${pluralize(waiting, 'call')} for ${redactUrl(url)} will be forwarded by the next run with --forward-to`,
        );
    }
  }
}

/** Time to wait for the gateway after Ctrl-C, in milliseconds. */
const restoreTimeoutMs = 2_000;

function withTimeout(work: Promise<void> | undefined): Promise<void> {
  const late = new Promise<void>((_, reject) => {
    setTimeout(() => reject(new Error('no response in time')), restoreTimeoutMs).unref();
  });
  return Promise.race([work, late]).then(() => {});
}

/** Returns a URL without its query, which may hold a secret. */
function redactUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Notes calls that wait to be forwarded to URLs not given in this run. */
async function noteWaitingForwards(
  forwardTo: readonly string[],
  { forwards }: Ledger,
  { notices }: Context,
): Promise<void> {
  const counts = await Promise.all(forwardTo.map((url) => forwards.countWaiting(url)));
  const others = (await forwards.countWaiting()) - counts.reduce((sum, count) => sum + count, 0);
  if (others > 0)
    notices.info(
      `note: ${pluralize(others, 'call')} still to be forwarded to URLs that --forward-to does not name now`,
    );
}

/** Returns the path to listen on: that of --path, else that of the registered URL, else a secret one. */
function listenPath({ path, secretPath, register }: FlagValues, { settings }: Context): string {
  if (path !== undefined && !secretPath) return path;
  const registered = register === undefined ? '/' : new URL(register).pathname;
  if (path === undefined && registered !== '/') return registered;
  const { secret } = readListenFile(settings.stateFolder, settings.profile);
  return `${(path ?? '/hook').replace(/\/+$/, '')}/${secret}`;
}

/** Returns the URL to register: --register with our path if it has none, or our own URL in the sandbox. */
function publicUrl(
  { register }: FlagValues,
  local: string,
  { settings, notices }: Context,
): string | undefined {
  if (register === undefined) return settings.sandbox ? local : undefined;
  const url = new URL(register);
  const { pathname } = new URL(local);
  if (url.pathname === '/') url.pathname = pathname;
  if (url.pathname !== pathname)
    notices.info(
      `note: the gateway calls ${url.pathname}, but qlara listens on ${pathname}: a proxy between them must rewrite the path`,
    );
  return url.href;
}
