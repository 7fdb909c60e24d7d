import { Failure } from '../../errors.ts';
import type { RowFieldName, RowFields } from '../../input/rows/columns.ts';
import type { Row, Sheet } from '../../input/rows/row.ts';
import type { BulkRow } from '../../message/bulk.ts';
import { parseMessageId, parseSender } from '../../message/id.ts';
import { composeMessage, type MessageInput } from '../../message/message.ts';
import type { Phone } from '../../message/phone.ts';
import { findPlaceholders } from '../../message/placeholders.ts';

/** A row that cannot be sent. */
export interface Rejected {
  row: Row;
  /** Null where the trouble is with the whole row. */
  column: string | null;
  reason: string;
}

/** What the line says for all rows. */
export interface Given extends MessageInput {
  /** The placeholders of its template, where the gateway tells: no others are sent. */
  wanted: ReadonlySet<string> | undefined;
}

/** Which field a complaint is about, by the first word of its code. */
const fieldOf: Readonly<Record<string, RowFieldName>> = {
  phone: 'to',
  text: 'message',
  template: 'template',
  sender: 'from',
  id: 'id',
};

/** Makes messages of rows. */
export function entryReader(
  { columns }: Pick<Sheet, 'columns'>,
  fields: RowFields,
  given: Given,
  phone: (text: string) => Phone,
  onEmpty: () => void,
): (row: Row) => BulkRow | Rejected {
  const inText = findPlaceholders(given.text ?? '');
  const cellOf = ({ cells }: Row, name: RowFieldName) => {
    const place = fields[name];
    const cell = place === undefined ? undefined : cells[place];
    return cell === undefined || cell.trim() === '' ? undefined : cell;
  };

  function entry(row: Row): BulkRow {
    const to = phone(cellOf(row, 'to') ?? '');
    const text = cellOf(row, 'message') ?? given.text;
    const template = cellOf(row, 'template')?.trim() ?? given.template;
    const named = text === given.text ? inText : findPlaceholders(text ?? '');
    // A column may have any name, `__proto__` too.
    const variables: Record<string, string> = Object.create(null);
    for (const [name, place] of fields.variables) {
      const cell = row.cells[place];
      if (cell === undefined || !isWanted(name, template, named)) continue;
      if (cell.trim() === '') {
        // Where nobody knows what the template asks for, an empty cell is of a column for another one.
        if (template !== undefined && given.wanted === undefined && !named.has(name)) continue;
        onEmpty();
      }
      variables[name] = cell;
    }
    for (const [name, value] of Object.entries(given.variables))
      if (isWanted(name, template, named)) variables[name] = value;
    const from = cellOf(row, 'from');
    const id = cellOf(row, 'id')?.trim();
    const message = composeMessage({
      ...given,
      text,
      template,
      variables,
      sender: from === undefined ? given.sender : parseSender(from.trim()),
    });
    return { to, message, id: id === undefined ? null : parseMessageId(id) };
  }

  /** A file has columns that the message has no use for. */
  function isWanted(name: string, template: string | undefined, named: ReadonlySet<string>): boolean {
    if (named.has(name)) return true;
    return template !== undefined && (given.wanted === undefined || given.wanted.has(name));
  }

  return (row) => {
    if (row.problem !== undefined) return { row, column: null, reason: row.problem };
    try {
      return entry(row);
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const field = fieldOf[cause.code.split('.')[0] ?? ''];
      const place = field === undefined ? undefined : fields[field];
      const column = place === undefined ? field : columns[place];
      return { row, column: column ?? null, reason: cause.message };
    }
  };
}
