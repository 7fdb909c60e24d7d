import { fail } from '../../errors.ts';

/** Format of rows: JSON Lines, or the delimiter between cells. */
export type RowFormat = 'json' | Delimiter;
export type Delimiter = ',' | ';' | '\t';

/**
 * Detects the format by the file name, else by the beginning of the file. A `.csv` file may use semicolons: Excel writes
 * them where the comma is the decimal separator, as in Italy and Germany.
 * @throws Failure `file.json-array`
 */
export function detectFormat(name: string, head: string): RowFormat {
  if (!/\.(csv|tsv|tab)$/i.test(name) && /^\s*\[\s*[{\]]/.test(head))
    fail(
      'usage',
      'file.json-array',
      `${name} is a JSON array, not JSON Lines`,
      "write one object per line: jq -c '.[]'",
    );
  if (/\.(jsonl|ndjson)$/i.test(name)) return 'json';
  if (/\.(tsv|tab)$/i.test(name)) return '\t';
  if (!/\.csv$/i.test(name) && head.trimStart().startsWith('{')) return 'json';
  return detectDelimiter(headerLine(head));
}

/** Returns the first non-empty line; a line break within quotes does not end it. */
export function headerLine(head: string): string {
  return /(?:"(?:[^"]|"")*(?:"|$)|[^"\r\n])+/.exec(head.replace(/^\s*[\r\n]/, ''))?.[0] ?? '';
}

/** Returns true if the header line is complete. */
export function hasHeaderLine(head: string): boolean {
  const text = head.replace(/^\s*[\r\n]/, '');
  return headerLine(text).length < text.length;
}

/** Returns the most frequent delimiter in the header; on a tie, the one that is less usual in names. */
function detectDelimiter(header: string): Delimiter {
  const bare = header.replace(/"(?:[^"]|"")*(?:"|$)/g, '');
  let best: Delimiter = ',';
  let bestCount = 0;
  for (const delimiter of ['\t', ';', ','] as const) {
    const count = bare.split(delimiter).length - 1;
    if (count <= bestCount) continue;
    bestCount = count;
    best = delimiter;
  }
  return best;
}
