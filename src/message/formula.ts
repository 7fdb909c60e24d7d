/**
 * Characters that start a formula in a spreadsheet: also in full-width forms and after blanks, since some programs
 * normalize and trim.
 */
const formula = /^\s*[=+\-@＝＋－＠]|^[\t\r]/;

/** Text with the same first characters that is no formula: a phone number, a negative number. */
const plainNumber = /^(?:\+\d+|-\d+(?:\.\d+)?)$/;

/** Reports whether a spreadsheet may evaluate a cell with this text. */
export function isFormula(text: string): boolean {
  return formula.test(text) && !plainNumber.test(text);
}

/** Escapes a cell with an apostrophe so that no spreadsheet evaluates it. `fromLiteral` reverses this. */
export function toLiteral(text: string): string {
  const unquoted = stripQuotes(text);
  // Text that looks like a literal gets another apostrophe, or reading it would remove its own.
  return isFormula(unquoted) || (unquoted !== text && formula.test(unquoted)) ? `'${text}` : text;
}

/** Reads a cell that `toLiteral` wrote, also one that was corrected to a number after its apostrophe. */
export function fromLiteral(text: string): string {
  const unquoted = stripQuotes(text);
  return unquoted !== text && formula.test(unquoted) ? text.slice(1) : text;
}

function stripQuotes(text: string): string {
  return text.replace(/^'+/, '');
}
