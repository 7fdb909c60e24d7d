/**
 * Levels that lists and objects from outside may be nested. What is deeper is refused where it is read: `JSON.parse`
 * takes any depth, and whatever walks the value afterwards, `JSON.stringify` too, would overflow the stack.
 */
export const maxNesting = 64;

/** Says that a value is nested too deeply, in the words of a complaint. */
export const tooDeep = `lists and objects are nested more than ${maxNesting} levels deep`;

const quote = 0x22;
const backslash = 0x5c;

/** Finds where JSON text is nested too deeply: the offset of the first bracket beyond the bound; undefined if none is. */
export function tooDeepAt(text: string): number | undefined {
  // Each level takes an opening and a closing bracket. Most answers are shorter.
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

/** Finds the quote that closes a JSON string opened at `start`; the end of the text if none does. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at;
    while (text.charCodeAt(before - 1) === backslash) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return text.length;
}

/** Parses JSON text of bounded depth. @throws SyntaxError also where it is nested too deeply */
export function parseJson(text: string): unknown {
  if (tooDeepAt(text) !== undefined) throw new SyntaxError(tooDeep);
  return JSON.parse(text);
}

/** Tells whether a value is nested too deeply. A value that holds itself is. */
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
