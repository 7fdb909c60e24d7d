import { Failure } from '../../errors.ts';
import { hintOf } from '../../input/hints.ts';
import type { RowFieldName } from '../../input/rows/columns.ts';
import { DuplicateIndex } from '../../input/rows/duplicates.ts';
import type { Row } from '../../input/rows/row.ts';
import { parseMessageId, parseSender } from '../../message/id.ts';
import type { Finding } from './finding.ts';
import type { CommonInput, Layout } from './layout.ts';
import { checkNumber, type OptOutLookup } from './number.ts';
import { RowNotes } from './row-notes.ts';
import { RowText } from './row-text.ts';
import type { FindTemplate } from './template.ts';

/** What was found in a row. */
export interface CheckedRow {
  findings: readonly Finding[];
  /** Whether it would not be sent: for what is found in it, or for what was told of all rows before. */
  wrong: boolean;
  /** What its text takes as an SMS. */
  size: Pick<Finding, 'encoding' | 'parts'> | undefined;
}

/** Checks the rows of one file, each against the rules and against the rows before it. */
export class RowCheck {
  readonly #constant: CommonInput;
  readonly #optedOut: OptOutLookup;
  readonly #text: RowText;
  readonly #ids = new DuplicateIndex();
  readonly #contents = new DuplicateIndex();

  constructor(constant: CommonInput, templates: FindTemplate, optedOut: OptOutLookup) {
    this.#constant = constant;
    this.#optedOut = optedOut;
    this.#text = new RowText(constant, templates);
  }

  /** What holds for all rows. */
  once(): Promise<Finding[]> {
    return this.#text.once();
  }

  async row(row: Row, layout: Layout): Promise<CheckedRow> {
    const notes = new RowNotes(row, layout);
    if (row.problem !== undefined) {
      notes.tell('row', undefined, 'wrong', row.problem);
      return { findings: notes.findings, wrong: true, size: undefined };
    }
    const number = await this.#number(notes);
    this.#parse(notes, 'from', 'sender', parseSender);
    this.#id(notes);
    const said = await this.#text.of(notes);
    if (!notes.wrong) this.#double(notes, `${number}\0${notes.cell('from') ?? ''}\0${said.content}`);
    return { findings: notes.findings, wrong: notes.wrong, size: said.size };
  }

  async #number(notes: RowNotes): Promise<string> {
    const { to } = notes.layout.fields;
    const written = notes.cell('to');
    if (written === undefined) {
      notes.tell('number', to, 'wrong', 'there is no number');
      return '';
    }
    const { verdict, detail, hint, number } = await checkNumber(written, this.#constant.home, this.#optedOut);
    if (verdict !== 'ok') notes.tell('number', to, verdict, detail, hint);
    return number ?? '';
  }

  #id(notes: RowNotes): void {
    const id = notes.cell('id');
    if (id === undefined || !this.#parse(notes, 'id', 'id', parseMessageId)) return;
    const before = this.#ids.firstLine(id, notes.row.line);
    if (before !== undefined)
      notes.tell(
        'id',
        notes.layout.fields.id,
        'wrong',
        `the same id as in line ${before}`,
        'an id is sent at most once',
      );
  }

  #double(notes: RowNotes, content: string): void {
    const before = this.#contents.firstLine(content, notes.row.line);
    if (before !== undefined)
      notes.tell(
        'row',
        undefined,
        'warning',
        `the same destination and content as in line ${before}`,
        'it is sent once',
      );
  }

  /** Whether there is such a field and it can be read. */
  #parse(
    notes: RowNotes,
    field: RowFieldName,
    subject: Finding['subject'],
    read: (text: string) => string,
  ): boolean {
    const written = notes.cell(field);
    if (written === undefined) return false;
    try {
      read(written);
      return true;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      notes.tell(subject, notes.layout.fields[field], 'wrong', cause.message, hintOf(cause));
      return false;
    }
  }
}
