/** Exit codes by kind, and what a script may conclude from each. */
export const exits = {
  ok: { code: 0, means: 'accepted; with --wait or --watch, every message delivered' },
  failed: { code: 1, means: 'a message was rejected, undelivered or expired' },
  usage: {
    code: 2,
    means:
      'the command line or the file is wrong, an id is unknown, or an id was used before with other content; nothing was sent',
  },
  setup: {
    code: 3,
    means: 'no key, key refused (401, 403), configuration or ledger unusable; nothing was sent',
  },
  gateway: {
    code: 4,
    means: 'gateway unreachable or failing beyond the retries; nothing was accepted: run it again',
  },
  pending: { code: 5, means: 'timed out with messages not final' },
  doubt: {
    code: 6,
    means:
      'a request may have been accepted; `status ID`, the same command with the same --id, or `resolve` settles it',
  },
  output: {
    code: 7,
    means: 'the result could not be written to stdout, as when the disk is full; the ledger has it',
  },
  declined: { code: 9, means: 'you answered No; nothing was sent or changed' },
  bug: { code: 70, means: 'a bug in qlara' },
  hangup: { code: 129, means: 'SIGHUP, as when the terminal is closed; everything known is in the ledger' },
  interrupted: { code: 130, means: 'Ctrl-C; everything known is in the ledger' },
  terminated: { code: 143, means: 'SIGTERM; everything known is in the ledger' },
} as const;

export type ExitKind = keyof typeof exits;
export type FailureKind = Exclude<ExitKind, 'ok' | 'declined'>;

/** Reports whether a signal ended the run. */
export function isSignal(kind: ExitKind): boolean {
  return kind === 'hangup' || kind === 'interrupted' || kind === 'terminated';
}

export type Facts = Readonly<Record<string, string | readonly string[]>>;

/** The only error that qlara throws on purpose; any other error is a bug. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    readonly kind: FailureKind,
    /** Stable code for scripts, such as `phone.not-e164`. */
    readonly code: string,
    message: string,
    readonly hint?: string | undefined,
    cause?: unknown,
    /** Facts for a hint that names flags, which the domain does not know. See `input/hints.ts`. */
    readonly facts: Facts = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** Throws a failure. @throws Failure */
export function fail(
  kind: FailureKind,
  code: string,
  message: string,
  hint?: string,
  cause?: unknown,
): never {
  throw new Failure(kind, code, message, hint, cause);
}

/** Refuses input that breaks a domain rule; `input/hints.ts` adds the hint. @throws Failure of kind `usage` */
export function refuse(code: string, message: string, facts?: Facts): never {
  throw new Failure('usage', code, message, undefined, undefined, facts);
}

/** Takes a failure as no result, for `catch`; rethrows any other error. */
export function ignoreFailure(cause: unknown): undefined {
  if (!(cause instanceof Failure)) throw cause;
}
