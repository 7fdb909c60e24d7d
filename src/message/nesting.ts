/**
 * Deepest nesting of lists and objects from outside. Deeper values are rejected when they are read: `JSON.parse` takes
 * any depth, but functions that walk the value, `JSON.stringify` among them, would overflow the stack.
 */
export const maxNesting = 64;

/** Error message for a value that is nested too deeply. */
export const tooDeepMessage = `lists and objects are nested more than ${maxNesting} levels deep`;

const quote = 0x22;
const backslash = 0x5c;

/** Returns the offset of the first bracket in JSON text that is nested too deeply; undefined if there is none. */
export function findTooDeep(text: string): number | undefined {
  // Each level takes an opening and a closing bracket. Most texts are shorter.
  if (text.length < 2 * (maxNesting + 1)) return undefined;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxNesting) return at;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return undefined;
}

/**
 * Returns the offset of the quote that closes the JSON string opened at `start`; the end of the text if there is
 * none.
 */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === backslash) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

/** Parses JSON text of bounded depth. @throws SyntaxError also if it is nested too deeply */
export function parseJson(text: string): unknown {
  if (findTooDeep(text) !== undefined) throw new SyntaxError(tooDeepMessage);
  return JSON.parse(text);
}

/** Reports whether a value is nested too deeply, as a cyclic value is. */
export function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxNesting) return true;
    const below = new Set<unknown>();
    for (const one of level)
      if (typeof one === 'object' && one !== null)
        for (const inner of Object.values(one))
          if (typeof inner === 'object' && inner !== null) below.add(inner);
    level = [...below];
  }
  return false;
}
