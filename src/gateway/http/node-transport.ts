import type { IncomingMessage } from 'node:http';
import {
  describeNetworkError,
  type HttpResponse,
  maxResponseChars,
  NetworkError,
  switchedProtocols,
  type Timeouts,
  type Transport,
} from './exchange.ts';

/** Carries a few requests over Node's own client, which starts in a third of the time undici takes. */
export function nodeTransport({ connect, answer }: Timeouts): Transport {
  /** Ends each request under way, for the reason given. */
  const running = new Set<(reason: string) => void>();
  let closed = false;
  return {
    async exchange(request) {
      const secure = request.url.startsWith('https:');
      // Not `import()`, which for a module of Node's own takes the long way through the module loader.
      const { request: start } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
      if (closed) throw new NetworkError('interrupted', false);
      return new Promise<HttpResponse>((resolve, reject) => {
        const { method, headers, body } = request;
        const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        // A connection of its own: one kept alive may be dead, and the request lost without anybody's fault.
        const sent = start(request.url, { method, headers: { ...headers, ...length }, agent: false });
        let written = false;
        let answered = false;
        const settle = () => {
          clearTimeout(connecting);
          clearTimeout(answering);
          running.delete(cut);
        };
        const lose = (cause: Error) => {
          settle();
          reject(
            cause instanceof NetworkError
              ? cause
              : new NetworkError(describeNetworkError(cause), written, cause),
          );
        };
        const cut = (reason: string) => {
          // Settled at once, so that a request which counts as not written cannot be written before it is destroyed.
          lose(new NetworkError(reason, written));
          sent.destroy();
        };
        running.add(cut);
        const connecting = setTimeout(() => cut(`no connection within ${connect / 1000} s`), connect);
        const answering = setTimeout(() => cut(`no answer within ${answer / 1000} s`), answer);
        sent.on('socket', (socket) => {
          socket.once(secure ? 'secureConnect' : 'connect', () => {
            clearTimeout(connecting);
            if (sent.destroyed) return;
            // Nothing is handed to the connection before its handshake is over, so that a failure until then proves
            // that the request did not arrive; any failure from now on proves nothing.
            written = true;
            sent.end(body ?? undefined);
          });
        });
        sent.on('error', lose);
        sent.on('upgrade', (_, socket) => {
          socket.on('error', () => {}).destroy();
          cut(switchedProtocols);
        });
        // Some ends come without an error, and a request that is never settled would end the program early.
        sent.on('close', () => {
          if (!answered) lose(new NetworkError('connection closed without an answer', written));
        });
        sent.on('response', (response) => {
          if (response.statusCode === 101) return cut(switchedProtocols);
          answered = true;
          read(response).then((text) => {
            settle();
            resolve({
              status: response.statusCode ?? 0,
              header: (name) => response.headers[name]?.toString(),
              text,
            });
          }, lose);
        });
      });
    },
    async close() {
      closed = true;
      for (const cut of running) cut('interrupted');
    },
  };
}

async function read(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) if (text.length < maxResponseChars) text += chunk;
  return text;
}
