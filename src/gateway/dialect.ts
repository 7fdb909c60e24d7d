import type { Plan } from '../message/message.ts';
import type { Known, SendOutcome } from './gateway.ts';

/** One generation of the gateway's HTTP bodies: what is asked where, and what the answers say. Pure. */
export interface Dialect {
  send(plan: Plan): { path: string; body: Record<string, unknown> };
  /** Reads the JSON of a 2xx answer to `send`; undefined when it says nothing one could rely on. */
  readSend(json: unknown): SendOutcome | undefined;
  statusPath(ids: readonly string[]): string;
  /** Reads the JSON of a 2xx answer to `statusPath`: what is known, with the ids it is known by. */
  readStatus(json: unknown, now: number): { ids: string[]; known: Known }[] | undefined;
}
