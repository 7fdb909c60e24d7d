import { STATUS_CODES } from 'node:http';

/** Response to one request. */
export interface SandboxResponse {
  status: number;
  /** JSON value; undefined for no body. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  /** `late`: sent after a long delay. `never`: the connection is closed instead. Absent: sent at once. */
  timing?: 'late' | 'never';
}

/** A request that the gateway does not serve; may be thrown from any handler. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Fields of the body beside those of the envelope. */
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Ends the request with `status` and an error message. @throws HttpError always */
export function refuse(status: number, message: string): never {
  throw new HttpError(status, message);
}

/**
 * Returns the documented error for exceeding the rate limit; `seconds` is a whole number from 1. The vendor documents
 * only the body field `retryAfter`; the header is the standard one (RFC 9110, 10.2.3).
 */
export function tooManyRequests(seconds: number): HttpError {
  return new HttpError(
    429,
    `Rate limit exceeded. Please retry after ${seconds} seconds.`,
    { 'Retry-After': String(seconds) },
    { retryAfter: seconds },
  );
}

/** Builds a response with the envelope of the documented 429, which the sandbox uses for every error. */
export function toErrorResponse({ status, message, headers, extra }: HttpError): SandboxResponse {
  return { status, headers, body: { status, error: STATUS_CODES[status] ?? 'Error', message, ...extra } };
}
