import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { HttpError, refuse, type SandboxResponse, toErrorResponse, tooManyRequests } from './answer.ts';
import { authenticate } from './credentials.ts';
import type { SandboxDeps } from './deps.ts';
import { parseBody } from './fields.ts';
import { createRateLimiter, type RateStatus, unlimitedStatus } from './limits.ts';
import { createRouter } from './routes.ts';

const maxBodyBytes = 1024 * 1024;
/** Delay of a late response in milliseconds of real time, whatever `speed` is: long enough for a client to time out. */
const lateResponseDelayMs = 20_000;

/** Returns a request listener: authenticates the client, applies rate limits, and routes the request to its handler. */
export function createRequestHandler(deps: SandboxDeps, isLimited: boolean): RequestListener {
  const findRoute = createRouter(deps.dialects);
  const countRequest = createRateLimiter();
  const checkRateLimit = (caller: string) =>
    isLimited ? countRequest(caller, deps.now()) : unlimitedStatus(deps.now());

  return async (request, response) => {
    let rateStatus = unlimitedStatus(deps.now());
    let result: SandboxResponse;
    try {
      const bytes = await readBody(request);
      const [path = '', query = ''] = splitTarget(request.url ?? '');
      const { route, params } = findRoute(request.method ?? '', path);
      if (!route.isSandboxOnly) {
        rateStatus = checkRateLimit(authenticate(request.headers));
        if (rateStatus.retryAfter !== null) throw tooManyRequests(rateStatus.retryAfter);
      }
      if (bytes === null) refuse(413, 'The body is larger than 1 MiB');
      const call = { params, query: new URLSearchParams(query), body: () => parseBody(bytes) };
      result = await route.handle(call, deps);
    } catch (error) {
      // The client disconnected while it was sending.
      if (request.errored) return;
      result = toErrorResponse(
        error instanceof HttpError ? error : new HttpError(500, `The sandbox failed: ${error}`),
      );
    }
    sendResponse(result, rateStatus, request, response);
  };
}

/** Reads the body to its end, so that the connection stays usable; null if it exceeds `maxBodyBytes`. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= maxBodyBytes ? Buffer.concat(chunks) : null;
}

/** Splits a request target into path and query, without the URL class, which rejects or rewrites some targets. */
function splitTarget(target: string): string[] {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  return mark < 0 ? [relative] : [relative.slice(0, mark), relative.slice(mark + 1)];
}

function sendResponse(
  result: SandboxResponse,
  rateStatus: RateStatus,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (result.timing === 'never') {
    request.socket.destroy();
    return;
  }
  const write = () => {
    const text = result.body === undefined ? '' : JSON.stringify(result.body);
    response.writeHead(result.status, {
      // A 204 has neither header (RFC 9110, 8.6).
      ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      'X-RateLimit-Limit': rateStatus.limit,
      'X-RateLimit-Remaining': rateStatus.remaining,
      // The vendor does not document the unit; seconds since 1970 are customary for this header.
      'X-RateLimit-Reset': Math.ceil(rateStatus.resetAt / 1000),
      ...result.headers,
    });
    response.end(text);
  };
  if (result.timing !== 'late' || response.destroyed) {
    write();
    return;
  }
  const timer = setTimeout(write, lateResponseDelayMs);
  // The sandbox closes its connections when it closes, which stops the timer too.
  response.once('close', () => clearTimeout(timer));
}
