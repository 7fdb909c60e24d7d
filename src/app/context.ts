import type { DialectName } from '../gateway/dialects.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HttpClient } from '../gateway/http/client.ts';
import type { Credit } from '../gateway/partner/credit.ts';
import type { Inbox } from '../gateway/partner/inbox.ts';
import type { Templates } from '../gateway/partner/templates.ts';
import type { Webhooks } from '../gateway/partner/webhooks.ts';
import type { Ask } from '../input/prompt.ts';
import type { Ledger } from '../ledger/api.ts';
import type { Credentials } from '../message/credentials.ts';
import type { Sender } from '../message/id.ts';
import type { ConsentKeywords } from '../message/opt-out.ts';
import type { Country } from '../message/phone.ts';
import type { Format } from '../output/formats/format.ts';
import type { Io } from '../output/io.ts';
import type { Notices } from '../output/notices.ts';
import type { Clock, Deps } from '../services/deps.ts';
import type { PostForward } from '../services/webhook/forward.ts';

/** What holds for one run: flags over environment over profile over defaults. */
export interface Settings {
  format: Format;
  columns: readonly string[] | undefined;
  profile: string;
  /** The profile where no flag names one. */
  usualProfile: string;
  sandbox: boolean;
  /** Of the gateway; the sandbox has its own. */
  baseUrl: string;
  /** What `--base-url` or QLARA_BASE_URL says, which leads to a sandbox that runs elsewhere. */
  namedUrl: string | undefined;
  dialect: DialectName;
  quiet: boolean;
  verbose: boolean;
  /** Whether questions may be asked. */
  input: boolean;
  /** Milliseconds. */
  grace: number;
  /** Defaults of the profile. */
  from: Sender | undefined;
  country: Country | undefined;
  /** Requests a second. */
  rate: number | undefined;
  /** By which people opt out and in. */
  consentWords: ConsentKeywords;
  /** The folder of settings and credentials. */
  configFolder: string;
  /** The folder of ledgers and of the sandbox's state. */
  stateFolder: string;
}

/** All that a command may use. What is costly is made when first asked for. */
export interface Context {
  readonly io: Io;
  readonly settings: Settings;
  readonly clock: Clock;
  newId(): string;
  /** Gateway and ledger. @throws Failure `credentials.missing`, `ledger.unusable` */
  deps(): Promise<Deps>;
  /** The templates of the gateway. @throws Failure `credentials.missing` */
  templates(): Promise<Templates>;
  /** Where the gateway tells what happens. @throws Failure `credentials.missing` */
  webhooks(): Promise<Webhooks>;
  /** The conversations that the gateway keeps. @throws Failure `credentials.missing` */
  inbox(): Promise<Inbox>;
  /** What takes the profile's own secrets out of a text. */
  masker(): Promise<(text: string) => string>;
  /** Passes webhook calls on to others, without credentials. */
  postForward(): PostForward;
  /** The balance of the account: of who is named, else of who the run is for. @throws Failure as `tools` */
  credit(as?: Credentials): Promise<Credit>;
  /**
   * A client without credentials of the sandbox: of the server that `--base-url` names, else of an embedded one on the
   * file `state`, or on that of `--sandbox`. @throws Failure `sandbox.*`
   */
  sandbox(state: string | undefined): Promise<HttpClient>;
  /** Questions, where `settings.input` and the terminal allow them. */
  ask(): Promise<Ask>;
  /** For what needs no gateway. @throws Failure `ledger.unusable` */
  ledger(): Promise<Ledger>;
  /** As `ledger`, where there is one: what only looks should not make it. */
  ledgerIfAny(): Promise<Ledger | undefined>;
  /** A gateway that only previews: needs no key, no network. */
  previewer(): Gateway;
  /** Writes data to stdout. */
  out(text: string): void;
  /** Whether whoever read stdout has gone. */
  outputClosed(): boolean;
  /** What goes to stderr: lines, and that one is waiting. */
  readonly notices: Notices;
  /** Has the embedded sandbox call webhooks as long as this run lasts; to be said before it is used. */
  enableWebhooks(): void;
  /** Lets requests under way take so long to end after a signal, in milliseconds. */
  setShutdownGrace(milliseconds: number): void;
  /** What stderr says after Ctrl-C about going on. */
  setResumeHint(hint: string): void;
}
