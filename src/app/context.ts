import type { Credit } from '../gateway/credit.ts';
import type { DialectName } from '../gateway/dialects.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HistoryPage, HistoryQuery } from '../gateway/history.ts';
import type { HttpClient } from '../gateway/http/client.ts';
import type { Inbox } from '../gateway/inbox.ts';
import type { WhatsappNumber } from '../gateway/numbers.ts';
import type { Templates } from '../gateway/templates.ts';
import type { Webhooks } from '../gateway/webhooks.ts';
import type { Values } from '../input/flag.ts';
import type { globalFlags } from '../input/flags.ts';
import type { Ask } from '../input/prompt.ts';
import type { Ledger } from '../ledger/api.ts';
import type { Credentials } from '../message/credentials.ts';
import type { Sender } from '../message/id.ts';
import type { ConsentKeywords } from '../message/opt-out.ts';
import type { Country } from '../message/phone.ts';
import type { MessageRules } from '../message/rules.ts';
import type { Format } from '../output/formats/format.ts';
import type { Io } from '../output/io.ts';
import type { Notices } from '../output/notices.ts';
import type { Clock, Deps } from '../services/deps.ts';
import type { Detection } from '../services/detect-dialect.ts';
import type { PostForward } from '../services/webhook/forward.ts';

/** Settings of one run: from flags, environment, profile and defaults, in this order. */
export interface Settings {
  format: Format;
  columns: readonly string[] | undefined;
  profile: string;
  /** The profile used without --profile. */
  usualProfile: string;
  sandbox: boolean;
  /** How many times faster the embedded gateway delivers messages. */
  sandboxSpeed: number;
  /** Base URL of the gateway; the sandbox has its own. */
  baseUrl: string;
  /** Values of the global flags on the command line. */
  onLine: Values<typeof globalFlags>;
  /** Value of `--base-url` or QLARA_BASE_URL, which may be a sandbox that runs elsewhere. */
  namedUrl: string | undefined;
  dialect: DialectName;
  quiet: boolean;
  verbose: boolean;
  /** True if prompts are allowed. */
  input: boolean;
  /** Grace period before an absent message may be sent again, in milliseconds. */
  grace: number;
  /** Default sender of the profile. */
  from: Sender | undefined;
  /** RCS agent to send with; the gateway’s id of it. */
  agentId: number | undefined;
  /** WhatsApp number to send from; the gateway’s id of it. */
  phoneNumberId: string | undefined;
  /** RCS template of a fallback chain. */
  rcsTemplate: string | undefined;
  country: Country | undefined;
  /** Maximum requests per second. */
  rate: number | undefined;
  /** Words that opt people out and in again. */
  consentWords: ConsentKeywords;
  /** URL of the PostgreSQL database of the ledger, maybe with a password; undefined for a file in `stateFolder`. */
  ledgerUrl: string | undefined;
  /** How long to wait for a database of the ledger that went away, in milliseconds. */
  ledgerWaitMs: number;
  /** Folder of settings and credentials. */
  configFolder: string;
  /** Folder of the ledgers and of the sandbox's state. */
  stateFolder: string;
}

/** Everything that a command may use. Expensive parts are created on first use. */
export interface Context {
  readonly io: Io;
  readonly settings: Settings;
  readonly clock: Clock;
  newId(): string;
  /** Returns the rules of the gateway's dialect for messages. */
  messageRules(): Promise<MessageRules>;
  /** Opens the gateway and the ledger. @throws Failure `credentials.missing`, `ledger.unusable` */
  deps(): Promise<Deps>;
  /**
   * Opens the templates of the gateway; on WhatsApp those of a number, by default that of the profile, where the gateway
   * tells them apart. @throws Failure `credentials.missing`
   */
  templates(phoneNumberId?: string): Promise<Templates>;
  /**
   * Opens the webhook registration of the account, in the form of a dialect, by default that of the run.
   * @throws Failure `credentials.missing`
   */
  webhooks(form?: DialectName): Promise<Webhooks>;
  /** Opens the inbox of the gateway. @throws Failure `credentials.missing` */
  inbox(): Promise<Inbox>;
  /** Returns functions that mask the profile's secrets in a text, and in a value that may be an id or a number. */
  masks(): Promise<{ mask(text: string): string; maskValue(text: string): string }>;
  /** Returns a function that forwards webhook calls to a URL, without credentials. @throws Failure `proxy.*` */
  postForward(target: string): Promise<PostForward>;
  /** Fetches the account balance, with `as` or the credentials of the run. @throws Failure as `deps` */
  credit(as?: Credentials): Promise<Credit>;
  /**
   * Lists the WhatsApp numbers of the account, by the calls of a dialect, by default that of the run; asks the gateway once
   * in a run.
   * @throws Failure `dialect.unsupported`, and as `deps`
   */
  numbers(dialect?: DialectName): Promise<readonly WhatsappNumber[]>;
  /**
   * Finds out which dialect the gateway speaks, and remembers its status call. Sends nothing, and a read that fails is no
   * failure. Call it after the gateway has accepted the credentials.
   * @throws Failure `credentials.missing`
   */
  detectDialect(): Promise<Detection>;
  /**
   * Opens the gateway's history: a function that yields what the account sent on one channel, in pages.
   * @throws Failure `dialect.unsupported`, `credentials.missing`
   */
  history(): Promise<(query: HistoryQuery) => AsyncGenerator<HistoryPage>>;
  /**
   * Opens a client of a sandbox, without credentials: of the server at `--base-url`, else of an embedded one with the file
   * `state` or that of `--sandbox`. @throws Failure `sandbox.*`
   */
  sandbox(state: string | undefined): Promise<HttpClient>;
  /** Opens prompts. Check `settings.input` and the terminal first. */
  ask(): Promise<Ask>;
  /** Opens the ledger alone. @throws Failure `ledger.unusable` */
  ledger(): Promise<Ledger>;
  /** Opens the ledger if there is one, for commands that only read and should not create it. */
  ledgerIfAny(): Promise<Ledger | undefined>;
  /** Creates a gateway that only previews requests; needs no key and no network. */
  previewer(): Promise<Gateway>;
  /** Writes data to stdout. */
  out(text: string): void;
  /** Returns true if the reader of stdout has closed it. */
  outputClosed(): boolean;
  /** Lines and the spinner on stderr. */
  readonly notices: Notices;
  /** Makes the embedded sandbox call webhooks during this run; call it before the sandbox is used. */
  enableWebhooks(): void;
  /** Sets how long requests in flight may take to finish after a signal, in milliseconds. */
  setShutdownGrace(milliseconds: number): void;
  /** Sets the hint printed after Ctrl-C. */
  setResumeHint(hint: string): void;
  /** Sets the result of a run that is interrupted now, such as `nothing was sent`, until there is a resume hint. */
  setStopResult(result: string): void;
}
