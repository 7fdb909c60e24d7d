import { requestTimeoutMs } from '../../message/timeouts.ts';

/** One HTTP request and its answer, whatever carries it. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** JSON text; null for none. */
  body: string | null;
}

export interface HttpResponse {
  status: number;
  /** A header by its lower-case name; undefined where there is none. Only looked for when asked: most answers are not. */
  header(name: string): string | undefined;
  /** Decoded as UTF-8, at most `mostText` characters. */
  text: string;
}

/**
 * No answer. `reached` tells whether the server may have read the request. It follows from the phase of the connection
 * alone: false until the handshake is over (with a proxy: until the tunnel is open), true from then on. The code of an
 * error does not tell: TLS fails with the same ones before and after the request was written.
 */
export class NetworkError extends Error {
  override readonly name = 'NoAnswer';
  constructor(
    message: string,
    readonly mayHaveArrived: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** For `catch`: no answer as a value, anything else thrown on. */
export function asNetworkError(cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  throw cause;
}

/** Carries requests. @throws NoAnswer */
export interface Transport {
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** So many requests are to come: resolves when it is ready for them, which otherwise some of them would wait for. */
  warmUp?(requests: number): Promise<void>;
  close(): Promise<void>;
}

export interface Timeouts {
  /** Milliseconds for a connection to be made. */
  connect: number;
  /** Milliseconds from the request to the whole of its answer. */
  answer: number;
}

export const timeouts: Timeouts = requestTimeoutMs;

/** More than any documented answer. What comes beyond it is dropped: an answer must not fill the memory. */
export const maxResponseChars = 8 * 1024 * 1024;

/** Says why there is no answer after HTTP 101, which no request of ours asks for. */
export const switchedProtocols = 'HTTP 101: the server switches to another protocol';

/** In plain words what went wrong, from an error or from the errors inside it. */
export function describeNetworkError(cause: unknown): string {
  const found = causes(cause).find(({ code }) => code !== '');
  const words: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ENOTFOUND: 'host name not found',
    EAI_AGAIN: 'host name not found (no name server answers)',
    ECONNRESET: 'connection reset',
    EPIPE: 'connection reset',
    UND_ERR_SOCKET: 'connection lost',
    UND_ERR_DESTROYED: 'interrupted',
    UND_ERR_CLOSED: 'interrupted',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_BODY_TIMEOUT: 'no answer in time',
  };
  if (found) return words[found.code] ?? extractTlsReason(found.message) ?? `${found.message || found.code}`;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Returns the reason within a message of OpenSSL, which is full of addresses and file names; undefined for any other. */
function extractTlsReason(message: string): string | undefined {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/i.exec(message)?.[1];
  return reason && `TLS: ${reason}`;
}

function causes(cause: unknown): { code: string; message: string }[] {
  if (!(cause instanceof Error)) return [];
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const inner = cause instanceof AggregateError ? cause.errors : [];
  return [{ code, message: cause.message }, ...causes(cause.cause), ...inner.flatMap(causes)];
}
