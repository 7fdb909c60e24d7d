/** The first characters that a spreadsheet takes for a formula: in wide forms too, and behind blanks, since some fold and trim. */
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r]/;

/** Beginnings alike, in text that is no formula: a phone number, a negative number. */
const plainNumber = /^(?:\+\d+|-\d+(?:\.\d+)?)$/;

/** Tells whether a spreadsheet may calculate a cell with this text. */
export function isFormula(text: string): boolean {
  return formula.test(text) && !plainNumber.test(text);
}

/** Writes a cell so that no spreadsheet calculates it: an apostrophe before it. `fromLiteral` takes it away again. */
export function toLiteral(text: string): string {
  const bare = withoutQuotes(text);
  // Text that looks like a literal already gets an apostrophe more, or reading it would take away its own.
  return isFormula(bare) || (bare !== text && formula.test(bare)) ? `'${text}` : text;
}

/** Reads a cell that `toLiteral` wrote. Also one that was mended into a number behind its apostrophe. */
export function fromLiteral(text: string): string {
  const bare = withoutQuotes(text);
  return bare !== text && formula.test(bare) ? text.slice(1) : text;
}

function withoutQuotes(text: string): string {
  return text.replace(/^'+/, '');
}
