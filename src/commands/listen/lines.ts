import type { Noted } from '../../ledger/hearing.ts';
import type { ChannelName } from '../../message/channel.ts';
import { inPlay, isFinal } from '../../message/delivery.ts';
import type { Status } from '../../message/status.ts';
import type { Column } from '../../output/columns.ts';

/** Something that was heard, as it is told. */
export interface Line {
  /** `unknown`: a receipt of a message that nobody here knows. */
  kind: 'receipt' | 'inbound' | 'unknown';
  at: number;
  /** Of the message it is about; null for what people write. */
  id: string | null;
  /** The other side: who it was sent to, or who writes. */
  phone: string | null;
  channel: ChannelName | null;
  status: Status | null;
  final: boolean | null;
  reason: string | null;
  text: string | null;
  /** Whether they are opted out since, or in again. */
  wish: 'out' | 'in' | null;
}

export const lineColumns: readonly Column<Line>[] = [
  {
    key: 'kind',
    summary: 'receipt, inbound, or unknown: a receipt of a message not known here',
    value: ({ kind }) => kind,
  },
  { key: 'at', summary: 'when it happened, ISO 8601 in UTC', value: ({ at }) => new Date(at).toISOString() },
  { key: 'id', summary: 'id of the message a receipt is about, or null', value: ({ id }) => id },
  { key: 'phone', summary: 'whom it was sent to, or who writes', value: ({ phone }) => phone },
  { key: 'channel', summary: 'its channel', value: ({ channel }) => channel },
  { key: 'status', summary: 'what the receipt says, or null', value: ({ status }) => status },
  {
    key: 'final',
    summary: 'whether nothing more will become of the message, or null',
    value: ({ final }) => final,
  },
  { key: 'reason', summary: 'why, or null', value: ({ reason }) => reason },
  { key: 'text', summary: 'what they wrote, or null', value: ({ text }) => text },
  {
    key: 'optout',
    summary: 'out or in where their words opted them out, or in again; else null',
    value: ({ wish }) => wish,
  },
];

/** What is new in what was heard; nothing of what told nothing new. */
export function linesOf(noted: readonly Noted[]): Line[] {
  return noted.filter(({ isNew }) => isNew).map(lineOf);
}

const nothing = { id: null, status: null, final: null, reason: null, text: null, wish: null };

function lineOf(noted: Noted): Line {
  switch (noted.kind) {
    case 'receipt': {
      const { delivery, receipt } = noted;
      const { plan } = delivery;
      const { at, channel, status, reason, part } = receipt;
      return {
        ...nothing,
        kind: 'receipt',
        at,
        id: plan.id,
        phone: plan.to,
        channel: channel ?? inPlay(delivery),
        status,
        final: isFinal(delivery),
        reason: reason ?? (part ? `part ${part.number} of ${part.of}` : null),
      };
    }
    case 'inbound': {
      const { inbound, wish } = noted;
      const { at, from, channel, type } = inbound;
      return {
        ...nothing,
        kind: 'inbound',
        at,
        phone: from,
        channel,
        text: inbound.text ?? `[${type}]`,
        wish,
      };
    }
    case 'stray': {
      const { ids, to, receipt } = noted.heard;
      const { at, channel, status, reason } = receipt;
      return { ...nothing, kind: 'unknown', at, id: ids[0] ?? null, phone: to, channel, status, reason };
    }
  }
}
