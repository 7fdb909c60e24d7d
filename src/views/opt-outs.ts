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
  gateway: 'the gateway says so',
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
    summary:
      'inbound: the person wrote it; import: from a list; told: recorded by hand; gateway: a rejection says so',
    value: ({ source }) => source,
    show: ({ source }) => sourceLabels[source],
  },
  {
    key: 'note',
    summary: 'word they wrote, the note recorded, or the reason of the rejection; or null',
    value: ({ note }) => note,
  },
];

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
