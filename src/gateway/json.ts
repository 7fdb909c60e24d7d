/** Tolerant reading of JSON from outside: what has not the shape one asks for is absent, never an error. */
export type Json = Record<string, unknown>;

/** The value of a JSON text; undefined when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

export function asList(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

/** A string that is not empty, or a number as its digits: ids come as either. */
export function asText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The first of these fields that holds text. */
export function firstText(object: Json, ...names: string[]): string | undefined {
  for (const name of names) {
    const text = asText(object[name]);
    if (text !== null) return text;
  }
  return undefined;
}
