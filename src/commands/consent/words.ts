import type { OptOut } from '../../message/consent.ts';
import { minuteOf } from '../bulk/amounts.ts';

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

/** The first of them, and how many more there are. */
export function firstOf(all: readonly string[], most: number): string {
  const more = all.length - most;
  return `${all.slice(0, most).join(', ')}${more > 0 ? ` and ${more.toLocaleString('en')} more` : ''}`;
}
