import { splitPieces, type Variables } from '../placeholders.ts';
import type { TemplateChannel } from './channel.ts';

/**
 * Maximum length of the parts of a WhatsApp template, in characters, with the values filled in (Meta, "Message templates":
 * components).
 */
export const whatsappLimits = { header: 60, body: 1_024, footer: 60 } as const;

/** A part of a template whose length depends on values. */
export interface LimitedPart {
  part: keyof typeof whatsappLimits;
  /** Characters outside of placeholders. */
  fixed: number;
  /** Placeholders, each as often as it occurs. */
  names: readonly string[];
}

/** Returns the parts of a template that have a limit and placeholders. */
export function listLimitedParts(
  channel: TemplateChannel,
  texts: { header: string | null; text: string | null; footer: string | null } | null,
): LimitedPart[] {
  if (channel !== 'whatsapp' || texts === null) return [];
  const parts = { header: texts.header, body: texts.text, footer: texts.footer };
  return Object.entries(parts).flatMap(([part, text]) => {
    const pieces = splitPieces(text ?? '', {});
    const names = pieces.flatMap(({ name }) => (name === null ? [] : [name]));
    const fixed = pieces.reduce((sum, { name, text }) => sum + (name === null ? [...text].length : 0), 0);
    return names.length === 0 ? [] : [{ part: part as LimitedPart['part'], fixed, names }];
  });
}

/** Describes the parts that are too long with these values. */
export function describeTooLong(parts: readonly LimitedPart[], values: Variables): string[] {
  return parts.flatMap(({ part, fixed, names }) => {
    const length = names.reduce((sum, name) => sum + [...(values[name] ?? '')].length, fixed);
    const limit = whatsappLimits[part];
    return length <= limit ? [] : [`the ${part} has ${length} characters, WhatsApp allows ${limit}`];
  });
}

/** Characters that Meta refuses in the values of a template (error 132018). */
const refused = /[\n\r\t\v\f\u0085\u2028\u2029]| {5,}/;

/**
 * Returns the name of the first value that Meta refuses: one with a line break, a tab or more than four spaces in a row;
 * undefined if there is none.
 */
export function findRefusedValue(values: Variables): string | undefined {
  for (const name in values) if (refused.test(values[name] ?? '')) return name;
  return undefined;
}
