import { fail } from '../errors.ts';
import type { Receipt } from '../message/event.ts';
import type { Client } from './client.ts';
import type { Dialect } from './dialect.ts';
import { type Answer, NoAnswer } from './exchange.ts';
import type { Gateway, Known, SendOutcome } from './gateway.ts';
import { parsed } from './json.ts';
import { isPage, isSpent, reasonIn, refusal, waitIn } from './reading.ts';

/** Ids asked for in one call. The vendor advises a few hundred at most; longer URLs meet proxies that cut them. */
const batch = 100;

/** How long a question may take with all its repetitions, in milliseconds, where nobody says otherwise. */
const usualPatience = 15_000;

/** The gateway behind `client`, which speaks `dialect`. */
export function httpGateway(client: Client, dialect: Dialect): Gateway {
  const { mask, hush, now } = client;

  async function ask(ids: readonly string[], patience: number): Promise<Map<string, Known>> {
    const answer = await client.get(dialect.statusPath(ids), patience);
    const [only, ...others] = ids;
    // A page is not the gateway's word that it knows no such message.
    if (answer.status === 404 && others.length === 0 && !isPage(answer)) return new Map();
    client.insist(answer);
    const entries = dialect.readStatus(parsed(answer.text), now());
    if (entries === undefined)
      fail('gateway', 'gateway.unreadable', `the gateway's answer cannot be read: ${hush(reasonIn(answer))}`);
    const safe = (receipt: Receipt) => ({ ...receipt, reason: receipt.reason && hush(receipt.reason) });
    const found = new Map<string, Known>();
    for (const { ids: told, known } of entries) {
      const { id, gatewayId, receipt, earlier } = known;
      const clean = {
        ...known,
        id: id && mask(id),
        gatewayId: gatewayId && mask(gatewayId),
        receipt: safe(receipt),
        earlier: earlier.map(safe),
      };
      for (const one of told) found.set(one, clean);
      // Who asks for one message is told of that one, whatever the answer calls it.
      if (only !== undefined && others.length === 0 && entries.length === 1) found.set(only, clean);
    }
    return found;
  }

  function outcomeOf(answer: Answer): SendOutcome {
    if (answer.status < 200 || answer.status > 299) return refusal(answer, now());
    return (
      dialect.readSend(parsed(answer.text)) ?? {
        kind: 'doubt',
        reason: `HTTP ${answer.status} with an answer that cannot be read`,
      }
    );
  }

  /** An outcome without the secrets that a gateway may repeat. */
  function quiet(outcome: SendOutcome): SendOutcome {
    if (outcome.kind !== 'accepted') return { ...outcome, reason: hush(outcome.reason) };
    const gatewayId = outcome.gatewayId && mask(outcome.gatewayId);
    return gatewayId === outcome.gatewayId ? outcome : { ...outcome, gatewayId };
  }

  return {
    async send(plan) {
      const { path, body } = dialect.send(plan);
      try {
        const answer = await client.once('POST', path, body);
        const outcome = quiet(outcomeOf(answer));
        return isSpent(answer) ? { ...outcome, pause: waitIn(answer, now()) } : outcome;
      } catch (cause) {
        if (!(cause instanceof NoAnswer)) throw cause;
        return quiet({ kind: cause.reached ? 'doubt' : 'unsent', reason: cause.message });
      }
    },
    async status(ids, patience = usualPatience) {
      const found = new Map<string, Known>();
      for (let at = 0; at < ids.length; at += batch)
        for (const [id, known] of await ask(ids.slice(at, at + batch), patience)) found.set(id, known);
      return found;
    },
    preview(plan) {
      const { path, body } = dialect.send(plan);
      const { method, url, headers } = client.shown('POST', path, body);
      return { method, url, headers, body };
    },
    prepare: client.prepare,
    close: client.close,
  };
}
