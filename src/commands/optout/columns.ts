import type { OptOut } from '../../message/consent.ts';
import type { Column } from '../../output/columns.ts';
import { minuteOf } from '../bulk/amounts.ts';

/** How a person says where it is known from. */
export const sources: Readonly<Record<OptOut['source'], string>> = {
  inbound: 'they wrote it',
  import: 'from a list',
  told: 'told here',
};

export const optOutColumns: readonly Column<OptOut>[] = [
  { key: 'phone', summary: 'the number, E.164', value: ({ phone }) => phone },
  {
    key: 'at',
    summary: 'since when, ISO 8601 in UTC',
    value: ({ at }) => new Date(at).toISOString(),
    show: ({ at }) => minuteOf(at),
  },
  {
    key: 'source',
    summary: 'inbound: they wrote it; import: from a list; told: by somebody here',
    value: ({ source }) => source,
    show: ({ source }) => sources[source],
  },
  { key: 'note', summary: 'the word they wrote, or what was noted; or null', value: ({ note }) => note },
];
