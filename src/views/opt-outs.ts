import type { Overrides } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import { formatMinute, formatNumber } from '../output/units.ts';

/** How a person says where it is known from. */
export const sources: Readonly<Record<OptOut['source'], string>> = {
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
    show: ({ source }) => sources[source],
  },
  { key: 'note', summary: 'word they wrote, or the note recorded; or null', value: ({ note }) => note },
];

/** Since when somebody wants no messages, and how that is known: `since 2026-11-24 09:15: they wrote "stop"`. */
export function describeOptOut({ at, source, note }: OptOut): string {
  return `since ${formatMinute(at)}: ${how(source, note)}`;
}

function how(source: OptOut['source'], note: string | null): string {
  switch (source) {
    case 'inbound':
      return note === null ? 'by message' : `they wrote ${JSON.stringify(note)}`;
    case 'import':
      return note === null ? 'from a list' : `from a list (${note})`;
    case 'told':
      return note === null ? 'recorded by hand' : `recorded by hand (${note})`;
  }
}

/** The first of so many. */
export function listFirst(first: readonly string[], count: number): string {
  const more = count - first.length;
  return `${first.join(', ')}${more > 0 ? ` and ${formatNumber(more)} more` : ''}`;
}

/** Says which blocks a sender overrode, and why; nothing where none was. */
export function describeOverrides({ optOut, window }: Overrides = {}): string[] {
  return [
    ...(optOut === undefined ? [] : [`opt-out overridden: ${clean(optOut)}`]),
    ...(window === undefined ? [] : [`24-hour window ignored: ${clean(window)}`]),
  ];
}
