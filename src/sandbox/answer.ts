import { STATUS_CODES } from 'node:http';

/** What goes back to the caller of one request. */
export interface Answer {
  status: number;
  /** Becomes JSON; undefined: no body. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  /** `late`: after a long wait. `never`: the connection is cut instead. Without it, at once. */
  travels?: 'late' | 'never';
}

/** A request the gateway does not serve; thrown from anywhere below the exchange. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Fields the answer carries beside the envelope. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Ends the request with `status` and a message for the caller. @throws Refusal always */
export function refuse(status: number, message: string): never {
  throw new Refusal(status, message);
}

/**
 * The documented answer over the limit; `seconds` is a whole number from 1. The vendor documents only the body
 * field `retryAfter`; the header is what HTTP clients know (RFC 9110, 10.2.3).
 */
export function tooMany(seconds: number): Refusal {
  return new Refusal(
    429,
    `Rate limit exceeded. Please retry after ${seconds} seconds.`,
    { 'Retry-After': String(seconds) },
    { retryAfter: seconds },
  );
}

/** The envelope of the documented 429, which the sandbox uses for every refusal. */
export function envelope({ status, message, headers, extra }: Refusal): Answer {
  return { status, headers, body: { status, error: STATUS_CODES[status] ?? 'Error', message, ...extra } };
}
