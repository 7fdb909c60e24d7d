/**
 * Terminal sequences: strings with a terminator (OSC, DCS, SOS, PM, APC), CSI, and short escapes, in their 7-bit and
 * 8-bit forms (ECMA-48). Of a string without its terminator only the start is removed, so that it hides nothing.
 */
const sequences =
  /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u0080-\u009F]*(?:\u0007|\u001B\\|\u009C)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B[ -/]*[0-~]/g;

const lineBreaks = /\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g;
const controls = /[\u0000-\u001F\u007F-\u009F]/g;

/**
 * Characters that are invisible or change the direction of text: all that Unicode calls ignorable, except two kinds
 * where they have a meaning: variation selectors after emoji, and joiners within emoji and in scripts that use them.
 */
const joiningScripts =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}' +
  '\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}';
const before = `[${joiningScripts}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]|\\p{Emoji}\\uFE0F`;
const after = `[${joiningScripts}\\p{Extended_Pictographic}]`;
const invisiblePattern = () =>
  new RegExp(
    [
      '(?![\\u200C\\u200D\\uFE0E\\uFE0F])\\p{Default_Ignorable_Code_Point}',
      '[\\uFFF9-\\uFFFB]',
      '(?<!\\p{Emoji})[\\uFE0E\\uFE0F]',
      `(?<!${before})[\\u200C\\u200D]`,
      `[\\u200C\\u200D](?!${after})`,
    ].join('|'),
    'gu',
  );

/** Compiled on first use, which takes longer than cleaning most texts. */
let invisible: RegExp | undefined;

/**
 * Makes text from outside safe for one line on a terminal: removes sequences and invisible characters, replaces a line
 * break or tab with a space, any other control character with a symbol, and a lone surrogate with U+FFFD.
 */
export function clean(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  invisible ??= invisiblePattern();
  return text
    .toWellFormed()
    .replace(sequences, '')
    .replace(lineBreaks, ' ')
    .replace(controls, toPicture)
    .replace(invisible, '');
}

/** Cleans text as `clean` does, but keeps its lines, each ended by a newline character only. */
export function cleanLines(text: string): string {
  return text.split(/\r?\n/).map(clean).join('\n');
}

/** Color and weight codes, the only sequences that are kept. */
const styling = /(\u001B\[(?:[1-4]|2[2-4]|3[0-7]|39|9[0-7])m)/;

/** Cleans styled text as `clean` does, but keeps plain colors, and closes those left open at the end. */
export function cleanStyled(text: string): string {
  const pieces = text.split(styling).map((piece, index) => (index % 2 === 0 ? clean(piece) : piece));
  const open = new Set<string>();
  for (const code of pieces.filter((_, index) => index % 2 === 1)) {
    if (/\[(?:2[2-4]|39)m/.test(code)) open.delete(code);
    else open.add(resetCode(code));
  }
  return [...pieces, ...open].join('');
}

/** Returns the code that ends a color or a weight. */
function resetCode(code: string): string {
  const number = Number(/\d+/.exec(code)?.[0]);
  return `\u001B[${number > 4 ? 39 : number === 1 ? 22 : 20 + number}m`;
}

/** Returns the Unicode control picture of a character; C1 controls have none. */
function toPicture(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '␡';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\uFFFD';
}
