import type { OptOut } from '../../message/consent.ts';
import { figure, minuteOf } from '../bulk/amounts.ts';

/** Since when somebody wants no messages, and how that is known: `since 2026-11-24 09:15: they wrote "stop"`. */
export function sinceWhen({ at, source, note }: OptOut): string {
  return `since ${minuteOf(at)}: ${how(source, note)}`;
}

function how(source: OptOut['source'], note: string | null): string {
  switch (source) {
    case 'inbound':
      return note === null ? 'they wrote so' : `they wrote ${JSON.stringify(note)}`;
    case 'import':
      return note === null ? 'from a list' : `from a list (${note})`;
    case 'told':
      return note === null ? 'told here' : `told here (${note})`;
  }
}

/** The first of so many. */
export function firstOf(first: readonly string[], count: number): string {
  const more = count - first.length;
  return `${first.join(', ')}${more > 0 ? ` and ${figure(more)} more` : ''}`;
}
