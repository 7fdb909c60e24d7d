import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from './after-file.ts';

/** A request, as it came in. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  text: string;
  body: Record<string, unknown>;
  /** The id that the caller chose, from the body, or the first that a status call asks for besides controls. */
  id: string;
  /** All ids that a status call asks for. */
  ids: string[];
  /** When it was there whole, in milliseconds of `performance.now()`. */
  at: number;
}

/** What the server does with a request. */
export interface Answer {
  /** Whether the gateway it plays has taken the message, whatever it answers. */
  takes?: true;
  play(response: ServerResponse, seen: Seen): void;
}

/** One answer for all; or a list, its last for all that come later; or one made for the request. */
type Script = Answer | readonly Answer[] | ((seen: Seen, nth: number) => Answer);

interface Behaviour {
  post?: Script;
  get?: Script;
  /** So many connections, the first ones, are reset before anything is read. */
  resets?: number;
}

export interface Loopback {
  url: string;
  seen: Seen[];
  posts(): Seen[];
  gets(): Seen[];
  /** The ids of the messages taken: one that was sent twice is here twice. */
  taken: string[];
  /** The ids of the messages that `sendControl` sent: they are taken, known, and left out of all else. */
  controls: string[];
}

/** What a message says that is always accepted, to prove later that another one is absent. */
export const controlText = 'control';

/** A gateway on loopback that records every request. Unless told otherwise it takes what comes and knows what it took. */
export async function serve({ post = accepts(), get, resets = 0 }: Behaviour = {}): Promise<Loopback> {
  const seen: Seen[] = [];
  const taken: string[] = [];
  const controls: string[] = [];
  const of = (method: string) => seen.filter((one) => one.method === method);
  const pick = (script: Script, one: Seen): Answer => {
    const nth = of(one.method).length - 1;
    if (typeof script === 'function') return script(one, nth);
    if (!('length' in script)) return script;
    return script[Math.min(nth, script.length - 1)] ?? never();
  };
  const server = createServer(async (request, response) => {
    const one = await read(request, controls);
    if (one.body.message === controlText) {
      controls.push(one.id);
      return accepts().play(response, one);
    }
    seen.push(one);
    const answer = pick(
      one.method === 'POST' ? post : (get ?? ((one) => knows([...controls, ...taken], one))),
      one,
    );
    if (answer.takes) taken.push(one.id);
    answer.play(response, one);
  });
  let connections = 0;
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    if (connections++ < resets) socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterFile(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api`;
  return { url, seen, taken, controls, posts: () => of('POST'), gets: () => of('GET') };
}

async function read(request: IncomingMessage, controls: readonly string[]): Promise<Seen> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  const { method = '', url: path = '', headers } = request;
  const body = text === '' ? {} : (JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>);
  const { searchParams, pathname } = new URL(path, 'http://host');
  const listed = searchParams.get('ids') ?? searchParams.get('customerMessageIds');
  const ids = listed === null ? [decodeURIComponent(pathname.split('/').at(-1) ?? '')] : listed.split(',');
  const asked = ids.find((one) => !controls.includes(one)) ?? ids[0];
  const id = String(body.customerMessageId ?? asked ?? '');
  return { method, path, headers, text, body, id, ids, at: performance.now() };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function text(status: number, content: string, headers: Record<string, string> = {}): Answer {
  return {
    play: (response) => response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(content),
  };
}

export function html(status: number): Answer {
  return text(status, '<!doctype html><html><body><h1>Oops</h1></body></html>', {
    'content-type': 'text/html',
  });
}

export function empty(status: number, headers: Record<string, string> = {}): Answer {
  return { play: (response) => response.writeHead(status, headers).end() };
}

/** The vendor's error envelope. */
export function envelope(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  return json(status, { status, error: 'Error', message, ...more });
}

/** Promises more than it sends, and then cuts the connection. */
export function truncated(): Answer {
  return {
    play(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"messageId":"msg_cut","results":[{"accep', () => response.socket?.destroy());
    },
  };
}

/** Resets the connection once the request was read to its end. */
export function reset(): Answer {
  return { play: (response) => response.socket?.resetAndDestroy() };
}

export function never(): Answer {
  return { play() {} };
}

export function redirect(location: string): Answer {
  return empty(302, { location });
}

export function huge(bytes: number): Answer {
  return text(200, 'x'.repeat(bytes));
}

/** Bytes that are no HTTP. */
export function raw(bytes: string): Answer {
  return { play: (response) => response.socket?.end(bytes) };
}

/** A body in chunks whose sizes are nonsense. */
export function garbage(): Answer {
  return raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{"messageId":1}\r\n');
}

/** The same answer after the message was taken. */
export function taking(answer: Answer): Answer {
  return { ...answer, takes: true };
}

/** Takes the message and says so, in the vendor's words with whatever is added. */
export function accepts(more: Record<string, unknown> = {}): Answer {
  return {
    takes: true,
    play: (response, seen) =>
      json(200, {
        messageId: gatewayIdOf(seen.id),
        customerMessageId: seen.id,
        simulation: seen.body.simulation === true,
        results: [
          { phoneNumber: seen.body.phoneNumber, accepted: true, channel: channelIn(seen), statusCode: 200 },
        ],
        ...more,
      }).play(response, seen),
  };
}

export const gatewayIdOf = (id: string) => `msg_of_${id}`;

function channelIn({ path }: Seen): string {
  return path.split('/').at(-2) ?? '';
}

/** Where a message stands, by the vendor's words. */
export function standing(id: string, word = 'DELIVERED', more: Record<string, unknown> = {}) {
  return {
    messageId: gatewayIdOf(id),
    customerMessageId: id,
    phoneNumber: '+393901234567',
    channel: 'sms',
    deliveryStatus: word,
    deliveryStatusDescription: word === 'ERROR' ? 'handset unreachable' : 'in words',
    ...more,
  };
}

/** The list that a status call is answered with by a gateway that has these messages. */
export function knows(had: readonly string[], { ids }: Pick<Seen, 'ids'>): Answer {
  const shown = had.filter((one) => ids.includes(one) || ids.includes(gatewayIdOf(one)));
  return json(
    200,
    shown.map((one) => standing(one)),
  );
}
