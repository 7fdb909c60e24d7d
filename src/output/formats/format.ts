import type { Column } from '../columns.ts';
import type { Renderer } from './renderer.ts';

interface FormatEntry {
  load(): Promise<{ default: Renderer }>;
  /** True if errors are printed as JSON too. */
  isJson?: true;
}

/** Every output format. A new one is a file beside this one and a line here. */
const renderers = {
  table: { load: () => import('./plain.ts') },
  json: { load: () => import('./json.ts'), isJson: true },
  ndjson: { load: () => import('./ndjson.ts'), isJson: true },
  csv: { load: () => import('./csv.ts') },
} as const satisfies Record<string, FormatEntry>;

export type Format = keyof typeof renderers;

export const formats = Object.keys(renderers) as Format[];

/** Loads the renderer of a format; that of `table` is for a pipe, since a terminal gets a drawn table. */
export async function loadRenderer(format: Format): Promise<Renderer> {
  return (await renderers[format].load()).default;
}

/** Tells whether errors are JSON where rows are. */
export function isJsonFormat(format: Format): boolean {
  const entry: FormatEntry = renderers[format];
  return entry.isJson === true;
}

/** Returns rows as one text. */
export function renderAll<Row>(
  { begin, row, end }: Renderer,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  return begin(columns) + rows.map((one, index) => row(columns, one, index)).join('') + end(rows.length);
}
