import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from './after-file.ts';

/** A received request. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  text: string;
  body: Record<string, unknown>;
  /** Id chosen by the client: from the body, or the first non-control id of a status request. */
  id: string;
  /** All ids of a status request. */
  ids: string[];
  /** When its body was complete, in milliseconds of `performance.now()`. */
  at: number;
}

/** A scripted response to a request. */
export interface Answer {
  /** Whether the gateway accepts the message, whatever it responds. */
  takes?: true;
  play(response: ServerResponse, seen: ReceivedRequest): void;
}

/** One response for all requests; a list, whose last entry repeats; or a function of the request. */
type Script = Answer | readonly Answer[] | ((seen: ReceivedRequest, nth: number) => Answer);

interface Behaviour {
  post?: Script;
  get?: Script;
  /** Number of connections to reset before reading from them, starting with the first. */
  resets?: number;
}

export interface TestGateway {
  url: string;
  seen: ReceivedRequest[];
  posts(): ReceivedRequest[];
  gets(): ReceivedRequest[];
  /** Ids of accepted messages; a message sent twice is listed twice. */
  taken: string[];
  /** Ids of messages sent by `sendControl`; known to the gateway, but not listed anywhere else. */
  controls: string[];
}

/** Text of control messages, which are always accepted. They prove that another message is absent. */
export const controlText = 'control';

/** Starts a gateway on loopback that records requests. By default it accepts and knows every message. */
export async function serve({ post = accept(), get, resets = 0 }: Behaviour = {}): Promise<TestGateway> {
  const seen: ReceivedRequest[] = [];
  const taken: string[] = [];
  const controls: string[] = [];
  const of = (method: string) => seen.filter((one) => one.method === method);
  const chooseAnswer = (script: Script, one: ReceivedRequest): Answer => {
    const nth = of(one.method).length - 1;
    if (typeof script === 'function') return script(one, nth);
    if (!('length' in script)) return script;
    return script[Math.min(nth, script.length - 1)] ?? hang();
  };
  const server = createServer(async (request, response) => {
    const one = await read(request, controls);
    if (one.body.message === controlText) {
      controls.push(one.id);
      return accept().play(response, one);
    }
    seen.push(one);
    const answer = chooseAnswer(
      one.method === 'POST' ? post : (get ?? ((one) => listStatuses([...controls, ...taken], one))),
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

async function read(request: IncomingMessage, controls: readonly string[]): Promise<ReceivedRequest> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk;
  const { method = '', url: path = '', headers } = request;
  const body = text === '' ? {} : (JSON.parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>);
  const { searchParams, pathname } = new URL(path, 'http://host');
  const idList = searchParams.get('ids') ?? searchParams.get('customerMessageIds');
  const ids = idList === null ? [decodeURIComponent(pathname.split('/').at(-1) ?? '')] : idList.split(',');
  const requestedId = ids.find((one) => !controls.includes(one)) ?? ids[0];
  const id = String(body.customerMessageId ?? body.messageId ?? requestedId ?? '');
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

/** Returns an error in the vendor's format. */
export function envelope(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  return json(status, { status, error: 'Error', message, ...more });
}

/** Closes the connection before the end of the announced body. */
export function truncated(): Answer {
  return {
    play(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      response.write('{"messageId":"msg_cut","results":[{"accep', () => response.socket?.destroy());
    },
  };
}

/** Resets the connection after reading the request. */
export function reset(): Answer {
  return { play: (response) => response.socket?.resetAndDestroy() };
}

export function hang(): Answer {
  return { play() {} };
}

export function redirect(location: string): Answer {
  return empty(302, { location });
}

export function huge(bytes: number): Answer {
  return text(200, 'x'.repeat(bytes));
}

/** Responds with bytes that are not HTTP. */
export function raw(bytes: string): Answer {
  return { play: (response) => response.socket?.end(bytes) };
}

/** Responds with invalid chunk sizes. */
export function malformedChunks(): Answer {
  return raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{"messageId":1}\r\n');
}

/** Gives the response after accepting the message. */
export function acceptThen(answer: Answer): Answer {
  return { ...answer, takes: true };
}

/** Accepts the message in the vendor's format; `more` adds fields. */
export function accept(more: Record<string, unknown> = {}): Answer {
  return {
    takes: true,
    play: (response, seen) =>
      json(200, {
        messageId: toGatewayId(seen.id),
        customerMessageId: seen.id,
        simulation: seen.body.simulation === true,
        results: [
          { phoneNumber: seen.body.phoneNumber, accepted: true, channel: getChannel(seen), statusCode: 200 },
        ],
        ...more,
      }).play(response, seen),
  };
}

export const toGatewayId = (id: string) => `msg_of_${id}`;

function getChannel({ path }: ReceivedRequest): string {
  return path.split('/').at(-2) ?? '';
}

/** Builds a status entry in the vendor's format. */
export function statusEntry(id: string, word = 'DELIVERED', more: Record<string, unknown> = {}) {
  return {
    messageId: toGatewayId(id),
    customerMessageId: id,
    phoneNumber: '+393901234567',
    channel: 'sms',
    deliveryStatus: word,
    deliveryStatusDescription: word === 'ERROR' ? 'handset unreachable' : 'in words',
    ...more,
  };
}

/** Responds to a status request with those of the messages `had` that it asks for. */
export function listStatuses(known: readonly string[], { ids }: Pick<ReceivedRequest, 'ids'>): Answer {
  const shown = known.filter((one) => ids.includes(one) || ids.includes(toGatewayId(one)));
  return json(
    200,
    shown.map((one) => statusEntry(one)),
  );
}
