import { fail } from '../../errors.ts';

/** How rows are written: JSON Lines, or what stands between two cells. */
export type RowFormat = 'json' | Delimiter;
export type Delimiter = ',' | ';' | '\t';

/**
 * Told by the name where that is clear, else by what the file begins with. A `.csv` may well be parted by semicolons:
 * Excel writes it so where the comma stands in numbers, as in Italy and Germany.
 * @throws Failure `file.json-array`
 */
export function formatOf(name: string, head: string): RowFormat {
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
  return delimiterOf(headerLine(head));
}

/** The first line with something in it, to its end: a break within quotes does not end it. */
export function headerLine(head: string): string {
  return /(?:"(?:[^"]|"")*(?:"|$)|[^"\r\n])+/.exec(head.replace(/^\s*[\r\n]/, ''))?.[0] ?? '';
}

/** Whether the header line is all there, so that nothing that follows can change it. */
export function hasHeaderLine(head: string): boolean {
  const text = head.replace(/^\s*[\r\n]/, '');
  return headerLine(text).length < text.length;
}

/** What parts the header most often; where two do alike, the one that people do not use within a name. */
function delimiterOf(header: string): Delimiter {
  const bare = header.replace(/"(?:[^"]|"")*(?:"|$)/g, '');
  let best: Delimiter = ',';
  let most = 0;
  for (const delimiter of ['\t', ';', ','] as const) {
    const count = bare.split(delimiter).length - 1;
    if (count <= most) continue;
    most = count;
    best = delimiter;
  }
  return best;
}
