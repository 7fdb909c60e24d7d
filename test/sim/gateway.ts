/** Response of a shadow gateway, on any transport. */
export type Reply =
  /** `delay`: milliseconds before the response arrives. */
  | { kind: 'answer'; status: number; body: string; headers?: Record<string, string>; delay: number }
  /** The connection fails; `reached`: after the request was read or may have been. */
  | { kind: 'broken'; reached: boolean; delay: number };

/** Fault rates of a gateway, from 0 to 1. */
export interface Faults {
  limited: number;
  /** The connection is refused, or fails before anything is written. */
  refused: number;
  /** The connection fails, is reset or gets a TLS alert after the request was written. */
  broken: number;
  /** HTTP 500, 502 or 409, or an invalid response. */
  failing: number;
  /** Share of uncertain requests whose message was accepted. */
  acceptedAnyway: number;
  /** The response takes longer than the request timeout, or as long as `lateMs` says. */
  late: number;
  /** Shortest and longest delay of a late response. */
  lateMs?: readonly [number, number];
  /** A status request fails: HTTP 500, a connection failure, truncated JSON. */
  statusFailing: number;
  /** A status response leaves out what would prove a message absent, or adds what proves nothing. */
  statusOdd: number;
}

export const benign: Faults = {
  limited: 0,
  refused: 0,
  broken: 0,
  failing: 0,
  acceptedAnyway: 0,
  late: 0,
  statusFailing: 0,
  statusOdd: 0,
};

/** Available status endpoints and the ids they support. */
const kinds = [
  'all',
  'all',
  'all',
  'ids',
  'customerMessageIds',
  'guide',
  'none',
  'own ids',
  'half named',
  'empty lists',
] as const;

export type StatusKind = (typeof kinds)[number];

export const statusKinds: readonly StatusKind[] = kinds;

interface Accepted {
  id: string;
  to: string;
  gatewayId: string;
  channel: string;
  at: number;
  /** When status responses begin to list it. */
  shownAt: number;
}

/**
 * A gateway without deduplication: it accepts an id as often as it is sent, and counts. An accepted message
 * is listed within `shownAfterMs`, which is less than the grace period. A status response that lists any
 * message of an endpoint also lists all older ones; no client could work with less.
 */
export class ShadowGateway {
  readonly accepted: Accepted[] = [];
  /** Accepted messages by the client's id and by the gateway's. */
  readonly #known = new Map<string, Accepted[]>();
  faults: Faults;
  /** Called with each request and its outcome. */
  trace: (line: string) => void = () => {};

  constructor(
    readonly kind: StatusKind,
    faults: Faults,
    readonly shownAfterMs: number | (() => number),
    readonly random: () => number,
    readonly now: () => number,
  ) {
    this.faults = faults;
  }

  /** Returns how often an id was accepted. */
  count(id: string): number {
    return this.#known.get(id)?.length ?? 0;
  }

  handle(method: string, url: string, body: string | null): Reply {
    const { pathname, searchParams } = new URL(url);
    const path = pathname.replace(/^\/api/, '');
    const before = this.accepted.length;
    const reply =
      method === 'POST'
        ? this.#send(path, JSON.parse(body ?? '{}') as Record<string, unknown>)
        : this.#status(path, searchParams);
    const end = this.accepted.length > before ? 'accepted, ' : '';
    this.trace(`${method} ${path}?${searchParams} ${body ?? ''} -> ${end}${JSON.stringify(reply)}`);
    return reply;
  }

  #send(path: string, { customerMessageId, phoneNumber }: Record<string, unknown>): Reply {
    const { faults, random } = this;
    const channel = path.split('/')[2] ?? '';
    const accept = () => {
      const { accepted, shownAfterMs } = this;
      const [id, gatewayId, at] = [String(customerMessageId), `msg_${accepted.length + 1}`, this.now()];
      const shownAt = at + (typeof shownAfterMs === 'number' ? shownAfterMs : shownAfterMs());
      const one = { id, to: String(phoneNumber), gatewayId, channel, at, shownAt };
      accepted.push(one);
      for (const name of [id, gatewayId]) this.#known.set(name, [...(this.#known.get(name) ?? []), one]);
      return gatewayId;
    };
    const delay = random() < faults.late ? this.#lateDelay() : 5 + random() * 200;
    const draw = random();
    let edge = faults.refused;
    if (draw < edge) return { kind: 'broken', reached: false, delay: 1 };
    edge += faults.limited;
    if (draw < edge)
      return respond(429, { status: 429, retryAfter: Math.ceil(random() * 3) }, delay, {
        'retry-after': '1',
      });
    edge += faults.broken;
    if (draw < edge) {
      if (random() < faults.acceptedAnyway) accept();
      return { kind: 'broken', reached: true, delay };
    }
    edge += faults.failing;
    if (draw < edge) {
      if (random() < faults.acceptedAnyway) accept();
      const choices = [500, 502, 409, 200];
      return respond(choices[Math.floor(random() * choices.length)] ?? 500, 'no JSON', delay);
    }
    const gatewayId = accept();
    const result = { phoneNumber, accepted: true, channel, statusCode: 200 };
    return respond(
      200,
      { messageId: gatewayId, customerMessageId, simulation: false, results: [result] },
      delay,
    );
  }

  #lateDelay(): number {
    const { lateMs: [least, most] = [120_000, 120_000] } = this.faults;
    return least === most ? least : least + this.random() * (most - least);
  }

  #status(path: string, query: URLSearchParams): Reply {
    const { faults, random, kind } = this;
    const delay = 5 + random() * 200;
    if (random() < faults.statusFailing) {
      const draw = random();
      if (draw < 0.4) return { kind: 'broken', reached: draw < 0.2, delay };
      return draw < 0.7
        ? respond(500, { status: 500 }, delay)
        : respond(200, '[{"customerMessageId":"a', delay);
    }
    const call = path.startsWith('/partner-gateway/v1')
      ? query.has('ids')
        ? 'ids'
        : 'customerMessageIds'
      : 'guide';
    if (kind === 'none' || (getStatusEndpoints(kind) && !getStatusEndpoints(kind)?.includes(call)))
      return respond(404, { status: 404, message: 'No message has this id' }, delay);
    if (kind === 'empty lists') return respond(200, [], delay);
    const ids = (query.get('ids') ?? query.get('customerMessageIds') ?? '').split(',');
    const channel = query.get('channel')?.toLowerCase();
    const shown = [...new Set(ids.flatMap((name) => this.#known.get(name) ?? []))].filter(
      ({ id, gatewayId, shownAt, channel: own }) =>
        ids.includes(kind === 'own ids' ? gatewayId : id) &&
        (channel === undefined || own === channel) &&
        shownAt <= this.now(),
    );
    const names = (gatewayId: string) =>
      kind !== 'own ids' && (kind !== 'half named' || Number(gatewayId.slice(4)) % 2 === 0);
    const entries: object[] = shown.map(({ id, gatewayId, channel }) => ({
      messageId: gatewayId,
      ...(names(gatewayId) && { customerMessageId: id }),
      channel,
      deliveryStatus: 'SENT',
    }));
    if (random() < faults.statusOdd) return this.#odd(entries, ids, delay);
    return respond(200, entries, delay);
  }

  /** Responses that prove nothing, or nothing about missing messages. */
  #odd(entries: object[], ids: readonly string[], delay: number): Reply {
    const other = { messageId: 'msg_other', customerMessageId: 'other', deliveryStatus: 'DELIVERED' };
    switch (Math.floor(this.random() * 7)) {
      case 0:
        return respond(200, [], delay);
      case 1:
        return respond(200, [...entries, other], delay);
      case 2:
        return respond(200, other, delay);
      case 3:
        return respond(200, [...entries, { messageId: 'msg_nobody', status: 'SENT' }], delay);
      case 4:
        return respond(200, { status: 'error', message: 'not found' }, delay);
      case 5:
        return respond(
          200,
          ids.map((id) => ({ customerMessageId: id, status: 'NOT_FOUND' })),
          delay,
        );
      default:
        return respond(404, { status: 404, message: 'No message has this id' }, delay);
    }
  }
}

function getStatusEndpoints(kind: StatusKind): string[] | undefined {
  return kind === 'ids' || kind === 'customerMessageIds' || kind === 'guide' ? [kind] : undefined;
}

function respond(status: number, body: unknown, delay: number, headers: Record<string, string> = {}): Reply {
  return {
    kind: 'answer',
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
    delay,
  };
}
