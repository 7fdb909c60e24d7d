import type { RowFieldName } from '../../input/rows/columns.ts';
import type { Row } from '../../input/rows/row.ts';
import { type Finding, finding, type Verdict } from './finding.ts';
import type { Layout } from './layout.ts';

/** What a row says, and what is found in it so far. */
export class RowNotes {
  readonly findings: Finding[] = [];
  wrong = false;
  constructor(
    readonly row: Row,
    readonly layout: Layout,
  ) {}

  /** What the row says of a field; undefined where it says nothing. */
  cell(field: RowFieldName): string | undefined {
    const place = this.layout.fields[field];
    const cell = place === undefined ? undefined : this.row.cells[place];
    return cell?.trim() ? cell : undefined;
  }

  /** Notes a finding; `place` is that of the column. */
  tell(
    subject: Finding['subject'],
    place: number | undefined,
    verdict: Verdict,
    detail: string,
    hint: string | null = null,
    more: Partial<Finding> = {},
  ): void {
    if (verdict === 'wrong') this.wrong = true;
    const { cells, line } = this.row;
    const value = place === undefined ? '' : (cells[place] ?? '');
    const column = place === undefined ? null : (this.layout.columns[place] ?? null);
    this.findings.push(finding(subject, value, verdict, detail, hint, { line, column, ...more }));
  }
}
