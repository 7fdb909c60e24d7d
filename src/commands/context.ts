import type { Clock, Tools } from '../flow/tools.ts';
import type { DialectName } from '../gateway/dialects.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Country } from '../message/phone.ts';
import type { Sender } from '../message/sender.ts';
import type { Format } from '../output/format.ts';
import type { Io } from '../output/io.ts';
import type { Talk } from '../output/talk.ts';

/** What holds for one run: flags over environment over profile over defaults. */
export interface Settings {
  format: Format;
  columns: readonly string[] | undefined;
  profile: string;
  sandbox: boolean;
  /** Of the gateway; the sandbox has its own. */
  baseUrl: string;
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
  tools(): Promise<Tools>;
  /** For what needs no gateway. @throws Failure `ledger.unusable` */
  ledger(): Promise<Ledger>;
  /** A gateway that only previews: needs no key, no network. */
  previewer(): Gateway;
  /** Writes data to stdout. */
  out(text: string): void;
  /** Whether whoever read stdout has gone. */
  outputClosed(): boolean;
  /** What goes to stderr: lines, and that one is waiting. */
  readonly talk: Talk;
  /** What stderr says after Ctrl-C about going on. */
  howToGoOn(hint: string): void;
}
