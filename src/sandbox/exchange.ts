import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Answer, envelope, Refusal, refuse, tooMany } from './answer.ts';
import { authenticate } from './credentials.ts';
import type { SandboxDeps } from './deps.ts';
import { bodyOf } from './fields.ts';
import { limiter, type RateStatus, unlimited } from './limits.ts';
import { routeOf } from './routes.ts';

const largestBody = 1024 * 1024;
/** Real time, whatever the speed of lives: it is there to meet a client's time-out. */
const lateness = 20_000;

/** Serves one request after the other: reads it, finds who calls and what for, writes the answer. */
export function exchange(tools: SandboxDeps, isLimited: boolean): RequestListener {
  const count = limiter();
  const standingOf = (caller: string) => (isLimited ? count(caller, tools.now()) : unlimited(tools.now()));

  return async (request, response) => {
    let standing = unlimited(tools.now());
    let answer: Answer;
    try {
      const bytes = await bytesOf(request);
      const [path = '', query = ''] = halves(request.url ?? '');
      const { route, params } = routeOf(request.method ?? '', path);
      if (!route.isOurs) {
        standing = standingOf(authenticate(request.headers));
        if (standing.retryAfter !== null) throw tooMany(standing.retryAfter);
      }
      if (bytes === null) refuse(413, 'The body is larger than 1 MiB');
      const call = { params, query: new URLSearchParams(query), body: () => bodyOf(bytes) };
      answer = await route.handle(call, tools);
    } catch (error) {
      // Gone while it was still sending: nobody is left to answer.
      if (request.errored) return;
      answer = envelope(error instanceof Refusal ? error : new Refusal(500, `The sandbox failed: ${error}`));
    }
    deliver(answer, standing, request, response);
  };
}

/** The body, read to its end so that the connection stays usable; null when it is too large to keep. */
async function bytesOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
    else chunks.length = 0;
  }
  return size <= largestBody ? Buffer.concat(chunks) : null;
}

/** Path and query of a request target. By hand: the URL class refuses or rewrites what may come in here. */
function halves(target: string): string[] {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = relative.indexOf('?');
  return mark < 0 ? [relative] : [relative.slice(0, mark), relative.slice(mark + 1)];
}

function deliver(
  answer: Answer,
  standing: RateStatus,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (answer.travels === 'never') {
    request.socket.destroy();
    return;
  }
  const write = () => {
    const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      // A 204 has neither (RFC 9110, 8.6).
      ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
      'X-RateLimit-Limit': standing.limit,
      'X-RateLimit-Remaining': standing.remaining,
      // The documentation does not say what it holds; seconds since 1970 are the custom of this header.
      'X-RateLimit-Reset': Math.ceil(standing.resetAt / 1000),
      ...answer.headers,
    });
    response.end(text);
  };
  if (answer.travels !== 'late' || response.destroyed) {
    write();
    return;
  }
  const timer = setTimeout(write, lateness);
  // Also when the sandbox closes, since that closes its connections.
  response.once('close', () => clearTimeout(timer));
}
