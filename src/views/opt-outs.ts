import type { Overrides } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import { formatMinute, formatNumber } from '../output/units.ts';

/** Labels for the source of an opt-out. */
const sourceLabels: Readonly<Record<OptOut['source'], string>> = {
  inbound: 'they wrote it',
  import: 'from a list',
  told: 'recorded by hand',
};

export const optOutColumns: readonly Column<OptOut>[] = [
  { key: 'phone', summary: 'number, E.164', value: ({ phone }) => phone },
  {
    key: 'at',
    summary: 'time of the opt-out, ISO 8601 in UTC',
    value: ({ at }) => new Date(at).toISOString(),
    show: ({ at }) => formatMinute(at),
  },
  {
    key: 'source',
    summary: 'inbound: the person wrote it; import: from a list; told: recorded by hand',
    value: ({ source }) => source,
    show: ({ source }) => sourceLabels[source],
  },
  { key: 'note', summary: 'word they wrote, or the note recorded; or null', value: ({ note }) => note },
];

/** Describes an opt-out: `on 2026-11-24 09:15: they wrote "stop"`. */
export function describeOptOut({ at, source, note }: OptOut): string {
  return `on ${formatMinute(at)}: ${describeSource(source, note)}`;
}

function describeSource(source: OptOut['source'], note: string | null): string {
  switch (source) {
    case 'inbound':
      return note === null ? 'by message' : `they wrote ${JSON.stringify(note)}`;
    case 'import':
      return note === null ? 'from a list' : `from a list (${note})`;
    case 'told':
      return note === null ? 'recorded by hand' : `recorded by hand (${note})`;
  }
}

/** Joins the first items of a list of `count`: `a, b and 3 more`. */
export function listFirst(first: readonly string[], count: number): string {
  const more = count - first.length;
  return `${first.join(', ')}${more > 0 ? ` and ${formatNumber(more)} more` : ''}`;
}

/** Describes the overridden blocks with their reasons; empty if there are none. */
export function describeOverrides({ optOut, window }: Overrides = {}): string[] {
  return [
    ...(optOut === undefined ? [] : [`opt-out overridden: ${clean(optOut)}`]),
    ...(window === undefined ? [] : [`24-hour window ignored: ${clean(window)}`]),
  ];
}
