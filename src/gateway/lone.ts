import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  type Answer,
  isBeforeConnection,
  mostText,
  NoAnswer,
  type Timeouts,
  type Transport,
  why,
} from './exchange.ts';

/** Carries a few requests over Node's own client, which starts in a third of the time undici takes. */
export function loneTransport({ connect, answer }: Timeouts): Transport {
  const open = new Set<ClientRequest>();
  let closed = false;
  return {
    async exchange(request) {
      const secure = request.url.startsWith('https:');
      // Not `import()`, which for a module of Node's own takes the long way through the module loader.
      const { request: start } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
      if (closed) throw new NoAnswer('interrupted', false);
      return new Promise<Answer>((resolve, reject) => {
        const { method, headers, body } = request;
        const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        // A connection of its own: one kept alive may be dead, and the request lost without anybody's fault.
        const sent = start(request.url, { method, headers: { ...headers, ...length }, agent: false });
        open.add(sent);
        let connected = false;
        const late = (after: number, what: string) =>
          setTimeout(() => sent.destroy(new NoAnswer(`${what} within ${after / 1000} s`, connected)), after);
        const connecting = late(connect, 'no connection');
        const answering = late(answer, 'no answer');
        const settle = () => {
          clearTimeout(connecting);
          clearTimeout(answering);
          open.delete(sent);
        };
        sent.on('socket', (socket) => {
          socket.once(secure ? 'secureConnect' : 'connect', () => {
            connected = true;
            clearTimeout(connecting);
          });
        });
        const lost = (cause: Error) => {
          settle();
          if (cause instanceof NoAnswer) reject(cause);
          else reject(new NoAnswer(why(cause), connected && !isBeforeConnection(cause), cause));
        };
        sent.on('error', lost);
        sent.on('response', (response) => {
          read(response).then((text) => {
            settle();
            resolve({
              status: response.statusCode ?? 0,
              header: (name) => response.headers[name]?.toString(),
              text,
            });
          }, lost);
        });
        sent.end(body ?? undefined);
      });
    },
    async close() {
      closed = true;
      for (const sent of open) sent.destroy(new NoAnswer('interrupted', true));
    },
  };
}

async function read(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) if (text.length < mostText) text += chunk;
  return text;
}
