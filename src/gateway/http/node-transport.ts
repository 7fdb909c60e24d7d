import type { IncomingMessage } from 'node:http';
import {
  decodeBody,
  describeNetworkError,
  type HttpResponse,
  maxResponseChars,
  NetworkError,
  switchedProtocols,
  type Timeouts,
  type Transport,
  Withheld,
} from './exchange.ts';

/** Sends a few requests with Node's own client, which starts in a third of the time undici takes. */
export function createNodeTransport({ connect, response: responseMs }: Timeouts): Transport {
  /** Abort functions of the requests under way. */
  const running = new Set<(reason: string) => void>();
  let closed = false;
  return {
    async exchange(request) {
      const secure = request.url.startsWith('https:');
      // Not `import()`, which takes the slow path of the module loader for a built-in module.
      const { request: start } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
      if (closed) throw new NetworkError('interrupted', false);
      return new Promise<HttpResponse>((resolve, reject) => {
        const { method, headers, body, mayLeave } = request;
        const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        // A new connection each: one kept alive may be dead, and the request would be lost.
        const outgoing = start(request.url, { method, headers: { ...headers, ...length }, agent: false });
        let mayHaveArrived = false;
        let hasResponse = false;
        const settle = () => {
          clearTimeout(connectTimer);
          clearTimeout(responseTimer);
          running.delete(abort);
        };
        const settleWithError = (cause: Error) => {
          settle();
          reject(
            cause instanceof NetworkError
              ? cause
              : new NetworkError(describeNetworkError(cause), mayHaveArrived, cause),
          );
        };
        const fail = (cause: NetworkError) => {
          // Settle first, so that a request which counts as not written cannot be written before it is destroyed.
          settleWithError(cause);
          outgoing.destroy();
        };
        const abort = (reason: string) => fail(new NetworkError(reason, mayHaveArrived));
        running.add(abort);
        const connectTimer = setTimeout(() => abort(`no connection within ${connect / 1000} s`), connect);
        const responseTimer = setTimeout(
          () => abort(`no response within ${responseMs / 1000} s`),
          responseMs,
        );
        outgoing.on('socket', (socket) => {
          socket.once(secure ? 'secureConnect' : 'connect', () => {
            clearTimeout(connectTimer);
            if (outgoing.destroyed) return;
            if (mayLeave?.() === false) return fail(new Withheld());
            // Nothing is written before the handshake is complete, so a failure until then proves that the request did
            // not arrive; a failure from now on proves nothing. `end` passes head and body to the kernel before it returns.
            mayHaveArrived = true;
            outgoing.end(body ?? undefined);
          });
        });
        outgoing.on('error', settleWithError);
        outgoing.on('upgrade', (_, socket) => {
          socket.on('error', () => {}).destroy();
          abort(switchedProtocols);
        });
        // Some connections end without an error, and a request that is never settled would end the program early.
        outgoing.on('close', () => {
          if (!hasResponse)
            settleWithError(new NetworkError('connection closed without a response', mayHaveArrived));
        });
        outgoing.on('response', (response) => {
          if (response.statusCode === 101) return abort(switchedProtocols);
          hasResponse = true;
          read(response).then((text) => {
            settle();
            resolve({
              status: response.statusCode ?? 0,
              header: (name) => response.headers[name]?.toString(),
              text,
            });
          }, settleWithError);
        });
      });
    },
    async close() {
      closed = true;
      for (const abort of running) abort('interrupted');
    },
  };
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < maxResponseChars) chunks.push(chunk);
    length += chunk.length;
  }
  return decodeBody(Buffer.concat(chunks), response.headers['content-encoding']);
}
