import { anySendFlags } from '../input/flags.ts';
import { isOptionalField, optionalRowFields, type RowFieldName } from '../input/rows/columns.ts';
import type { MessageInput } from '../message/compose.ts';
import type { MessageRules } from '../message/rules.ts';
import type { Notices } from '../output/notices.ts';
import type { MessageFlags } from './message-input.ts';

/** Lists the fields for which no column is read: a flag gives them for all rows, or the gateway does not carry them. */
export function listCommonFields(
  { text, template }: Pick<MessageInput, 'text' | 'template'>,
  flags: MessageFlags,
  { carries }: MessageRules,
): RowFieldName[] {
  return [
    ...(text === undefined ? [] : (['message'] as const)),
    ...(template === undefined ? [] : (['template'] as const)),
    ...(flags.from === undefined ? [] : (['from'] as const)),
    ...optionalRowFields.filter((field) => flags[field] !== undefined || !carries.has(field)),
  ];
}

/** Notes columns that are not read, since a flag holds for all rows. */
export function noteUnusedColumns(
  commonFields: readonly RowFieldName[],
  columns: readonly string[],
  { carries }: MessageRules,
  notices: Pick<Notices, 'info'>,
): void {
  for (const field of commonFields) {
    const isPlaceholder = isOptionalField(field) && !carries.has(field);
    if (!isPlaceholder && columns.some((column) => column.toLowerCase() === field.toLowerCase()))
      notices.info(`note: column ${field} is ignored: --${anySendFlags[field].flag} applies to all rows`);
  }
}
