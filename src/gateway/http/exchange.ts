import { requestTimeoutMs } from '../../message/timeouts.ts';

/** One HTTP request, independent of the transport. */
export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL. */
  url: string;
  headers: Readonly<Record<string, string>>;
  /** JSON text, or null for no body. */
  body: string | null;
  /**
   * Called once the connection is ready, in the turn of the event loop in which the first byte is written, and right
   * before it. Where it returns false nothing is written, and the exchange throws `Withheld`.
   */
  mayLeave?: (() => boolean) | undefined;
}

export interface HttpResponse {
  status: number;
  /**
   * Returns a header by its lower-case name, or undefined. Looked up on demand: most responses are read without any.
   */
  header(name: string): string | undefined;
  /**
   * Body decoded as UTF-8, at most `maxResponseChars` characters. For a body that cannot be decoded, why, in a line: it
   * is no JSON, so that readers report it as unreadable.
   */
  text: string;
}

/**
 * A request without a response. `mayHaveArrived` is true if the server may have read the request. This follows from the
 * phase of the connection alone: false until the handshake is complete (with a proxy: until the tunnel is open), true
 * from then on. The error code cannot tell: TLS fails with the same codes before and after the request was written.
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  constructor(
    message: string,
    readonly mayHaveArrived: boolean,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** A request of which nothing was written, because its `mayLeave` returned false. */
export class Withheld extends NetworkError {
  constructor() {
    super('the request was withheld', false);
  }
}

/** Returns a network error as a value, for `catch`; rethrows anything else. */
export function asNetworkError(cause: unknown): NetworkError {
  if (cause instanceof NetworkError) return cause;
  throw cause;
}

/** Sends requests. @throws NetworkError */
export interface Transport {
  exchange(request: HttpRequest): Promise<HttpResponse>;
  /** Prepares for this many requests, so that none has to wait for a connection to be set up. */
  warmUp?(requests: number): Promise<void>;
  close(): Promise<void>;
}

export interface Timeouts {
  /** Milliseconds for a connection to be established. */
  connect: number;
  /** Milliseconds from the request to the end of the response. */
  response: number;
}

export const timeouts: Timeouts = requestTimeoutMs;

/** More than any documented response. The rest is dropped, so that a response cannot exhaust memory. */
export const maxResponseChars = 8 * 1024 * 1024;

/**
 * Decodes the bytes of a body with these `Content-Encoding` (RFC 9110, 8.4): none or gzip; some servers and proxies use
 * it although identity is requested. See `HttpResponse.text` for a body that cannot be decoded.
 */
export function decodeBody(bytes: Buffer, encoding: string | undefined): string {
  const names: string[] = encoding?.toLowerCase().match(/[^\s,]+/g) ?? [];
  // Some servers compress without saying so. No JSON begins as gzip does.
  if (names.length === 0 && bytes[0] === 0x1f && bytes[1] === 0x8b) names.push('gzip');
  let decoded = bytes;
  for (const name of bytes.length === 0 ? [] : names.reverse()) {
    if (name === 'identity') continue;
    if (name !== 'gzip' && name !== 'x-gzip')
      return `its content encoding ${encoding?.slice(0, 50)} is not supported`;
    try {
      decoded = process.getBuiltinModule('node:zlib').gunzipSync(decoded, {
        maxOutputLength: maxResponseChars,
      });
    } catch (cause) {
      const isTooLarge = cause instanceof RangeError;
      return `its gzip body is ${isTooLarge ? 'larger than 8 MiB' : 'malformed'}`;
    }
  }
  return decoded.toString();
}

/** Error message for HTTP 101, which none of our requests asks for. */
export const switchedProtocols = 'HTTP 101: the server switches to another protocol';

/** Describes a network error in plain words, from the error itself or from the errors it wraps. */
export function describeNetworkError(cause: unknown): string {
  const found = listCauses(cause).find(({ code }) => code !== '');
  const words: Record<string, string> = {
    ECONNREFUSED: 'connection refused',
    ENOTFOUND: 'host name not found',
    EAI_AGAIN: 'host name not found (no name server responds)',
    ECONNRESET: 'connection reset',
    EPIPE: 'connection reset',
    UND_ERR_SOCKET: 'connection lost',
    UND_ERR_DESTROYED: 'interrupted',
    UND_ERR_CLOSED: 'interrupted',
    UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
    UND_ERR_HEADERS_TIMEOUT: 'response timed out',
    UND_ERR_BODY_TIMEOUT: 'response timed out',
  };
  if (found?.code.startsWith('HPE_')) return 'the response is not HTTP';
  if (found) return words[found.code] ?? extractTlsReason(found.message) ?? `${found.message || found.code}`;
  return cause instanceof Error ? cause.message : String(cause);
}

/** Extracts the reason from an OpenSSL message full of addresses and file names; undefined for any other message. */
function extractTlsReason(message: string): string | undefined {
  const reason = /error:[0-9A-F]+:[^:]*:[^:]*:([^:\n]+)/i.exec(message)?.[1];
  return reason && `TLS: ${reason}`;
}

function listCauses(cause: unknown): { code: string; message: string }[] {
  if (!(cause instanceof Error)) return [];
  // Undici's parser has errors without a code.
  const parserCode = cause.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : '';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : parserCode;
  const inner = cause instanceof AggregateError ? cause.errors : [];
  return [{ code, message: cause.message }, ...listCauses(cause.cause), ...inner.flatMap(listCauses)];
}
