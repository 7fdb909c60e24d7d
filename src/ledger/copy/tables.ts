import { createHash } from 'node:crypto';
import type { Value } from '../../storage/engine.ts';

/** A table that is copied with its content. Its columns have the same names in both engines. */
export interface CopiedTable {
  name: string;
  /** Columns, each with its type in PostgreSQL. */
  columns: Readonly<Record<string, 'bigint' | 'text' | 'double precision'>>;
  /** Primary key, in whose order rows are read. */
  key: readonly string[];
}

export type TableRow = Record<string, Value>;

const place = { bulk: 'bigint', row: 'bigint' } as const;
const range = { bulk: 'bigint', first: 'bigint', last: 'bigint' } as const;

/**
 * All tables but those about running processes: `workers`, `identity`, and `pace`, whose slots are times of the clock of
 * one machine.
 */
export const copiedTables: readonly CopiedTable[] = [
  {
    name: 'messages',
    columns: {
      seq: 'bigint',
      id: 'text',
      gateway_id: 'text',
      bulk: 'text',
      channel: 'text',
      status: 'text',
      final: 'bigint',
      created_at: 'bigint',
      state: 'text',
    },
    key: ['seq'],
  },
  { name: 'events', columns: { seq: 'bigint', message: 'bigint', body: 'text' }, key: ['seq'] },
  {
    name: 'bulks',
    columns: {
      seq: 'bigint',
      id: 'text',
      body: 'text',
      rows: 'bigint',
      stopped: 'bigint',
      fingerprint: 'text',
      created_at: 'bigint',
      owner: 'text',
    },
    key: ['seq'],
  },
  { name: 'bulk_rows', columns: { ...place, body: 'text' }, key: ['bulk', 'row'] },
  { name: 'bulk_ids', columns: { id: 'text', ...place }, key: ['id'] },
  { name: 'bulk_free', columns: range, key: ['bulk', 'first'] },
  {
    name: 'bulk_claims',
    columns: {
      ...range,
      owner: 'text',
      at: 'bigint',
      ms: 'double precision',
      route: 'text',
      open: 'bigint',
      taken: 'text',
    },
    key: ['bulk', 'first'],
  },
  {
    name: 'bulk_outcomes',
    columns: { ...place, phase: 'text', channel: 'text', status: 'text', final: 'bigint', events: 'text' },
    key: ['bulk', 'row'],
  },
  {
    name: 'bulk_counts',
    columns: { bulk: 'bigint', channel: 'text', status: 'text', final: 'bigint', count: 'bigint' },
    key: ['bulk', 'channel', 'status', 'final'],
  },
  {
    name: 'bulk_workers',
    columns: {
      bulk: 'bigint',
      worker: 'text',
      host: 'text',
      pid: 'bigint',
      since: 'bigint',
      accepted: 'bigint',
      leads: 'bigint',
    },
    key: ['bulk', 'worker'],
  },
  {
    name: 'controls',
    columns: { seq: 'bigint', route: 'text', endpoint: 'text', id: 'text' },
    key: ['seq'],
  },
  { name: 'news', columns: { seq: 'bigint', id: 'text' }, key: ['seq'] },
  { name: 'heard', columns: { seq: 'bigint', key: 'text' }, key: ['seq'] },
  {
    name: 'strays',
    columns: { seq: 'bigint', key: 'text', at: 'bigint', body: 'text' },
    key: ['seq'],
  },
  {
    name: 'inbound',
    columns: {
      seq: 'bigint',
      key: 'text',
      channel: 'text',
      phone: 'text',
      at: 'bigint',
      body: 'text',
    },
    key: ['seq'],
  },
  { name: 'inbox_looks', columns: { route: 'text', at: 'bigint' }, key: ['route'] },
  {
    name: 'optouts',
    columns: { person: 'text', phone: 'text', at: 'bigint', source: 'text', note: 'text' },
    key: ['person'],
  },
  { name: 'consent_changes', columns: { person: 'text', at: 'bigint' }, key: ['person'] },
  {
    name: 'forwards',
    columns: { seq: 'bigint', url: 'text', type: 'text', body: 'text', tries: 'bigint', due: 'bigint' },
    key: ['seq'],
  },
];

/** Number of rows and a digest that does not depend on their order: databases sort texts in different ways. */
export interface TableDigest {
  rows: number;
  digest: string;
}

/** Collects the digest of rows one by one. */
export class Digest {
  #rows = 0;
  #sum = 0n;
  readonly #columns: [name: string, type: string][];

  constructor({ columns }: CopiedTable) {
    this.#columns = Object.entries(columns);
  }

  add(row: TableRow): void {
    const line = this.#columns.map(([name, type]) => encode(row[name] ?? null, type)).join('\x1f');
    this.#sum += BigInt(`0x${createHash('sha256').update(line).digest('hex').slice(0, 15)}`);
    this.#rows++;
  }

  result(): TableDigest {
    return { rows: this.#rows, digest: String(this.#sum) };
  }
}

function encode(value: Value, type: string): string {
  if (value === null) return '\x1e';
  if (type !== 'double precision') return String(value);
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number(value));
  return bytes.toString('hex');
}

/** Returns the query for the same digest in PostgreSQL. */
export function digestQuery({ name, columns }: CopiedTable): string {
  const parts = Object.entries(columns).map(([column, type]) => {
    const text =
      type === 'double precision' ? `encode(float8send("${column}"), 'hex')` : `CAST("${column}" AS text)`;
    return `coalesce(${text}, chr(30))`;
  });
  return `SELECT count(*) AS rows, CAST(coalesce(sum(CAST(CAST('x' || left(encode(sha256(
      convert_to(concat_ws(chr(31), ${parts.join(', ')}), 'UTF8')), 'hex'), 15) AS bit(60)) AS bigint)), 0) AS text) AS digest
    FROM "${name}"`;
}
