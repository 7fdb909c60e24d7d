import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { Context, Settings } from './app/context.ts';
import { repeatFlags, repeatInCommands } from './app/repeat-flags.ts';
import { describeCredentials, findCredentials } from './config/credentials.ts';
import { fail } from './errors.ts';
import { loadDialect } from './gateway/dialects.ts';
import type { Gateway } from './gateway/gateway.ts';
import { createHttpClient, type HttpClient } from './gateway/http/client.ts';
import { createMask, createValueMask } from './gateway/http/credentials.ts';
import { asNetworkError, NetworkError } from './gateway/http/exchange.ts';
import type { ProxyServer } from './gateway/http/proxy.ts';
import { hasProxy, openTransport } from './gateway/http/transport.ts';
import { createGateway } from './gateway/http-gateway.ts';
import type { WhatsappNumber } from './gateway/numbers.ts';
import { hashRoute } from './gateway/route.ts';
import type { Ledger } from './ledger/api.ts';
import type { Credentials } from './message/credentials.ts';
import { clean } from './output/clean.ts';
import type { Io } from './output/io.ts';
import { openNotices } from './output/notices.ts';
import type { Sandbox } from './sandbox/server.ts';
import type { Clock } from './services/deps.ts';
import { createVolatileFacts, type GatewayFacts, openGatewayFacts } from './storage/gateway-facts.ts';
import { systemClock } from './storage/monotonic.ts';

/** A context with what `run` needs to close it. */
export interface OpenContext extends Context {
  /** Returns the last hint set by `setResumeHint`. */
  hint(): string | undefined;
  /** Returns the last result set by `setStopResult`. */
  stopResult(): string | undefined;
  close(): Promise<void>;
}

/** Time after a signal after which a user wonders if it had an effect, in milliseconds. */
const slowStopMs = 300;
const slowStopNote = 'stopping: waiting for requests under way; press Ctrl-C again to leave them';

/**
 * Builds the context of a command; the only place that creates adapters, each on first use. `stop` ends sleeps and
 * requests in flight with its reason.
 */
export function openContext(settings: Settings, io: Io, stop: AbortSignal): OpenContext {
  const { sandbox, baseUrl, profile, configFolder, stateFolder, quiet } = settings;
  let hint: string | undefined;
  let stopResult: string | undefined;
  let shutdownGraceMs = 0;
  let sendsWebhooks = false;
  let ledger: Promise<Ledger> | undefined;
  let client: Promise<HttpClient> | undefined;
  let gateway: Promise<Gateway> | undefined;
  let server: Promise<Sandbox> | undefined;
  let numbers: Promise<WhatsappNumber[]> | undefined;

  const closing: (() => Promise<void>)[] = [];
  const notices = openNotices(io.stderr, quiet);
  let slowStop: NodeJS.Timeout | undefined;
  if (io.stderr.isTTY)
    stop.addEventListener('abort', () => {
      slowStop = setTimeout(() => notices.info(slowStopNote), slowStopMs);
      slowStop.unref();
    });
  const ledgerPath = join(stateFolder, `${profile}.db`);
  const openFile = async () => {
    const { openLedger } = await import('./ledger/sqlite/open.ts');
    return openLedger(ledgerPath, { markers: join(configFolder, 'ledgers') });
  };
  const openDatabase = async (url: string) => {
    const [{ openPostgresLedger }, { readTarget }] = await Promise.all([
      import('./ledger/postgres/open.ts'),
      import('./ledger/postgres/target.ts'),
    ]);
    return openPostgresLedger(readTarget(url, io.env), {
      baseUrl,
      waitMs: settings.ledgerWaitMs,
      sleep: clock.sleep,
      stop,
      onWait: (reason) =>
        notices.info(
          `note: the database of the ledger is gone (${reason}); waiting up to ${settings.ledgerWaitMs / 1_000} s, sending nothing`,
        ),
      onBack: () => notices.info('note: the ledger is back'),
    });
  };
  const openLedger = async () => {
    const { ledgerUrl } = settings;
    const ledger = await (ledgerUrl === undefined ? openFile() : openDatabase(ledgerUrl));
    if (ledger.doubted > 0)
      notices.info(
        `note: this ledger is a copy or was restored from a backup: the gateway is asked about ${ledger.doubted} unsettled messages before they are sent`,
      );
    return ledger;
  };
  const theLedger = () => {
    ledger ??= openLedger();
    return ledger;
  };

  /** Identifies gateway and account, once there is a client. */
  let route = '';

  async function openClient(as?: Credentials): Promise<HttpClient> {
    const credentials: Credentials | undefined = sandbox
      ? // Any key works; a random one, since a key that occurs in a text would be masked there.
        { kind: 'key', key: `sandbox-${randomBytes(8).toString('hex')}` }
      : (as ?? (await findCredentials(io.env, configFolder, profile, notices.info))?.credentials);
    if (credentials === undefined)
      fail(
        'setup',
        'credentials.missing',
        'no API key for the gateway',
        'to log in, run `qlara login` or set QLARA_API_KEY\nto try without a key, add --sandbox: nothing leaves this machine',
      );
    if (sandbox) {
      notices.info('sandbox: the embedded gateway answers; nothing leaves this machine');
      server = startSandbox();
    }
    // Port and key of the sandbox change with each run, but its route stays the same.
    route = sandbox
      ? hashRoute('sandbox', undefined, settings.dialect)
      : hashRoute(baseUrl, credentials, settings.dialect);
    return createClient(server ? (await server).url : baseUrl, credentials);
  }

  /** Opens the client at the first call; later calls get the same one. */
  function shareClient(as?: Credentials): Promise<HttpClient> {
    client ??= openClient(as);
    return client;
  }

  async function createClient(url: string, credentials: Credentials | undefined): Promise<HttpClient> {
    const transport = openTransport(server === undefined ? await proxyFor(url) : undefined);
    const watch = settings.verbose
      ? (await import('./gateway/http/trace.ts')).traceHttp(
          (line) => io.stderr.write(`${clean(line)}\n`),
          credentials,
          (await loadDialect(settings.dialect)).contentFields,
        )
      : undefined;
    stop.addEventListener('abort', () => setTimeout(() => transport.close(), shutdownGraceMs), {
      once: true,
    });
    return createHttpClient(url, credentials, { transport, ...clock, ...(watch && { onExchange: watch }) });
  }

  /** @throws Failure `proxy.*` */
  async function proxyFor(url: string): Promise<ProxyServer | undefined> {
    return hasProxy(io.env) ? (await import('./gateway/http/proxy.ts')).findProxy(io.env, url) : undefined;
  }

  /** Opens the facts about a base URL or an account. The sandbox, whose port changes, keeps none. */
  function openFacts(name: string): GatewayFacts {
    return sandbox ? createVolatileFacts() : openGatewayFacts(stateFolder, name);
  }

  async function openGateway(): Promise<Gateway> {
    const opened = await shareClient();
    const options = { route, facts: openFacts(baseUrl), account: openFacts(route), isTrusted: sandbox };
    return createGateway(opened, await loadDialect(settings.dialect), options);
  }

  /** Opens a client of a sandbox, without credentials. */
  async function openSandbox(state: string | undefined): Promise<HttpClient> {
    // A state file implies an embedded sandbox on this machine.
    if (state !== undefined || settings.namedUrl === undefined) server = startSandbox(state);
    return createClient(server ? (await server).url : baseUrl, undefined);
  }

  async function startSandbox(state = join(stateFolder, 'sandbox.gateway.db')): Promise<Sandbox> {
    const { startSandbox } = await import('./sandbox/server.ts');
    return startSandbox({
      host: '127.0.0.1',
      port: 0,
      speed: settings.sandboxSpeed,
      rateLimit: false,
      state,
      sendsWebhooks,
    });
  }

  const clock = clockStoppedBy(stop);
  return {
    io,
    settings,
    clock,
    // With own random bytes the library does not load the whole Web Crypto API.
    newId: () => v7({ random: randomBytes(16) }),
    messageRules: async () => (await loadDialect(settings.dialect)).rules,
    async deps() {
      gateway ??= openGateway();
      const opening = theLedger();
      return {
        gateway: await gateway,
        ledger: await opening,
        clock,
        grace: settings.grace,
        firstSeen: new Map(),
        flags: repeatFlags({ settings, io }),
        note: (text) => notices.info(repeatInCommands(text, { settings, io })),
      };
    },
    async templates(phoneNumberId = settings.phoneNumberId) {
      const opened = await shareClient();
      return (await loadDialect(settings.dialect)).openTemplates(opened, phoneNumberId);
    },
    async webhooks(form = settings.dialect) {
      const opened = await shareClient();
      return (await loadDialect(form)).openWebhooks(opened);
    },
    async inbox() {
      const [opened, { openInboundReader }] = await Promise.all([
        shareClient(),
        import('./message/inbound-number.ts'),
      ]);
      const readNumber = await openInboundReader(settings.country);
      return (await loadDialect(settings.dialect)).openInbox(opened, route, readNumber);
    },
    async masks() {
      const found = await findCredentials(io.env, configFolder, profile, notices.info);
      return { mask: createMask(found?.credentials), maskValue: createValueMask(found?.credentials) };
    },
    async postForward(target) {
      const transport = openTransport(await proxyFor(target));
      closing.push(() => transport.close());
      return async ({ url, type, body }) => {
        const headers = { 'content-type': type || 'application/json', 'user-agent': `qlara/${__VERSION__}` };
        const answer = await transport.exchange({ method: 'POST', url, headers, body }).catch(asNetworkError);
        if (answer instanceof NetworkError) return answer.message;
        return answer.status >= 200 && answer.status < 300 ? null : `HTTP ${answer.status}`;
      };
    },
    async credit(as) {
      const opened = await shareClient(as);
      return (await loadDialect(settings.dialect)).fetchCredit(opened);
    },
    numbers(dialect = settings.dialect) {
      numbers ??= import('./gateway/optional-calls.ts').then((calls) =>
        calls.listNumbers(dialect, shareClient),
      );
      return numbers;
    },
    async detectDialect() {
      const [opened, { detectDialect }] = await Promise.all([
        shareClient(),
        import('./services/detect-dialect.ts'),
      ]);
      return detectDialect(opened, openFacts(baseUrl), clock);
    },
    async history() {
      return (await import('./gateway/optional-calls.ts')).openHistory(settings.dialect, shareClient);
    },
    sandbox(state) {
      client ??= openSandbox(state);
      return client;
    },
    async ask() {
      const [{ createPrompts }, { Terminal }] = await Promise.all([
        import('./input/prompt.ts'),
        import('./output/terminal.ts'),
      ]);
      return createPrompts(io.stdin, () => new Terminal(io.stderr), stop);
    },
    ledger: theLedger,
    ledgerIfAny: async () =>
      settings.ledgerUrl !== undefined || existsSync(ledgerPath) ? theLedger() : undefined,
    async previewer() {
      const transport = openTransport();
      const url = sandbox ? 'http://127.0.0.1/api' : baseUrl;
      return createGateway(
        createHttpClient(url, describeCredentials(io.env, configFolder, profile, notices.info), {
          transport,
          ...clock,
        }),
        await loadDialect(settings.dialect),
        { route: '', facts: createVolatileFacts(), account: createVolatileFacts(), isTrusted: false },
      );
    },
    out: (text) => io.stdout.write(text),
    outputClosed: () => io.stdout.isClosed,
    notices,
    enableWebhooks() {
      sendsWebhooks = true;
    },
    setShutdownGrace(milliseconds) {
      shutdownGraceMs = milliseconds;
    },
    setResumeHint(text) {
      hint = text;
      stopResult = undefined;
    },
    setStopResult(text) {
      stopResult = text;
    },
    hint: () => hint,
    stopResult: () => stopResult,
    async close() {
      clearTimeout(slowStop);
      notices.stopSpinner();
      for (const end of closing) await end();
      const [opened] = await Promise.allSettled([client]);
      if (opened.status === 'fulfilled') await opened.value?.close();
      await server?.then((running) => running.close()).catch(() => {});
      await ledger?.then((opened) => opened.close()).catch(() => {});
    },
  };
}

/** Maximum duration of a Node timer, in milliseconds. */
const maxTimerMs = 2 ** 31 - 1;

function clockStoppedBy(stop: AbortSignal): Clock {
  // One listener for all sleeps: adding listeners to a signal is slow, and many cause a warning.
  const sleeping = new Set<() => void>();
  stop.addEventListener(
    'abort',
    () => {
      for (const cut of sleeping) cut();
    },
    { once: true },
  );
  return {
    now: Date.now,
    machine: systemClock.machine,
    boot: systemClock.boot,
    monotonic: systemClock.monotonic,
    checkpoint: () => stop.throwIfAborted(),
    sleep: (milliseconds) =>
      new Promise((resolve, reject) => {
        if (stop.aborted) return reject(stop.reason);
        let left = milliseconds;
        let timer: NodeJS.Timeout;
        // A timer set for longer than the maximum fires at once.
        const startTimer = () => {
          if (left > maxTimerMs) {
            left -= maxTimerMs;
            timer = setTimeout(startTimer, maxTimerMs);
            return;
          }
          timer = setTimeout(() => {
            sleeping.delete(cut);
            resolve();
          }, left);
        };
        startTimer();
        const cut = () => {
          clearTimeout(timer);
          reject(stop.reason);
        };
        sleeping.add(cut);
      }),
  };
}
