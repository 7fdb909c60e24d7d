import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Color and weight codes, which have no width. */
const styling = /(\u001B\[[\d;]*m)/;

/** Returns the width of a line of text on a terminal in cells: two for wide characters, none for style. */
export function measureWidth(text: string): number {
  return stringWidth(text);
}

/** Cuts a line to `maxWidth` cells, ending in `more`. Style codes after the cut are kept, so that none stays open. */
export function shorten(text: string, maxWidth: number, more: string): string {
  if (measureWidth(text) <= maxWidth) return text;
  const mark = more.slice(0, Math.max(maxWidth, 0));
  let remaining = maxWidth - mark.length;
  // Segmenting is a hundred times slower, and most cells are ids, numbers and dates.
  if (/^[ -~]*$/.test(text)) return text.slice(0, remaining) + mark;
  let isCut = false;
  let result = '';
  for (const [index, piece] of text.split(styling).entries()) {
    if (index % 2 === 1) {
      result += piece;
      continue;
    }
    if (isCut) continue;
    for (const { segment } of graphemes.segment(piece)) {
      const width = measureWidth(segment);
      if (width > remaining) {
        result += mark;
        isCut = true;
        break;
      }
      result += segment;
      remaining -= width;
    }
  }
  return result;
}
