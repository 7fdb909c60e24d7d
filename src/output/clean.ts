/**
 * Whole terminal sequences: strings with a terminator (OSC, DCS, SOS, PM, APC), CSI, and short escapes, in their
 * 7-bit and 8-bit forms (ECMA-48). A string without its terminator loses only its beginning, so that it hides nothing.
 */
const sequences =
  /(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u0080-\u009F]*(?:\u0007|\u001B\\|\u009C)|(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|\u001B[ -/]*[0-~]/g;

const gaps = /\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g;
const controls = /[\u0000-\u001F\u007F-\u009F]/g;

/**
 * Characters that show nothing or turn the direction of their neighbours: whatever Unicode calls ignorable. Two
 * kinds stay where they carry meaning: variation selectors after emoji, and joiners within emoji and in scripts
 * that spell with them.
 */
const spelling =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}' +
  '\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}';
const before = `[${spelling}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]|\\p{Emoji}\\uFE0F`;
const after = `[${spelling}\\p{Extended_Pictographic}]`;
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

/** Made when first needed: to compile it takes longer than most texts, which are plain. */
let invisible: RegExp | undefined;

/**
 * Text that came from outside, made safe for a line on a terminal: sequences and invisible characters vanish, a
 * break or a tab becomes a space, any other control character a symbol, half a surrogate pair U+FFFD.
 */
export function clean(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  invisible ??= invisiblePattern();
  return text
    .toWellFormed()
    .replace(sequences, '')
    .replace(gaps, ' ')
    .replace(controls, pictured)
    .replace(invisible, '');
}

/** As `clean`, but its lines stay lines, each ended by a newline character only. */
export function cleanLines(text: string): string {
  return text.split(/\r?\n/).map(clean).join('\n');
}

/** Colours and weights, and nothing else that a terminal would obey. */
const styling = /(\u001B\[(?:[1-4]|2[2-4]|3[0-7]|39|9[0-7])m)/;

/** As `clean`, for text that style was put into: plain colours survive, and none goes on behind the text. */
export function cleanStyled(text: string): string {
  const pieces = text.split(styling).map((piece, index) => (index % 2 === 0 ? clean(piece) : piece));
  const open = new Set<string>();
  for (const code of pieces.filter((_, index) => index % 2 === 1)) {
    if (/\[(?:2[2-4]|39)m/.test(code)) open.delete(code);
    else open.add(closing(code));
  }
  return [...pieces, ...open].join('');
}

/** What ends a colour or a weight. */
function closing(code: string): string {
  const number = Number(/\d+/.exec(code)?.[0]);
  return `\u001B[${number > 4 ? 39 : number === 1 ? 22 : 20 + number}m`;
}

/** The control pictures of Unicode show what a character is; the second range of controls has none. */
function pictured(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '␡';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\uFFFD';
}
