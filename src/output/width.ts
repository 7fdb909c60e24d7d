import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Colours and weights as style puts them in; they take no room. */
const styling = /(\u001B\[[\d;]*m)/;

/** Cells that a line of text takes on a terminal: two for wide characters, none for style. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The line cut to so many cells, `more` standing for what is gone. Style goes on to its end, so none stays open. */
export function shorten(text: string, room: number, more: string): string {
  if (widthOf(text) <= room) return text;
  const mark = more.slice(0, Math.max(room, 0));
  let left = room - mark.length;
  // Segmenting takes a hundred times as long, and most cells are ids, numbers and dates.
  if (/^[ -~]*$/.test(text)) return text.slice(0, left) + mark;
  let marked = false;
  let cut = '';
  for (const [index, piece] of text.split(styling).entries()) {
    if (index % 2 === 1) {
      cut += piece;
      continue;
    }
    if (marked) continue;
    for (const { segment } of graphemes.segment(piece)) {
      const width = widthOf(segment);
      if (width > left) {
        cut += mark;
        marked = true;
        break;
      }
      cut += segment;
      left -= width;
    }
  }
  return cut;
}
