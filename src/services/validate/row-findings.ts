import { findHint } from '../../input/hints.ts';
import type { RowFields } from '../../input/rows/columns.ts';
import type { BulkRow } from '../../message/bulk.ts';
import type { MessageInput } from '../../message/compose.ts';
import type { Delivery } from '../../message/delivery.ts';
import { isSameSend } from '../../message/message.ts';
import { findNonGsm } from '../../message/non-gsm.ts';
import { isLandline } from '../../message/phone.ts';
import { findPlaceholders, matchName } from '../../message/placeholders.ts';
import type { Encoding } from '../../message/sms.ts';
import { isBlocking, type SendBlock } from '../send-guard.ts';
import { type Finding, finding, type Verdict } from './finding.ts';
import { describeBlock, landlineHint } from './recipient.ts';
import type { RowProblem, RowRules, ValidatedRow } from './row-validator.ts';
import type { FindTemplate } from './template.ts';
import { checkText, describeNonGsm } from './text.ts';

/** Why a row is left out: its recipient, a row before it, or a message that was sent under its id. */
export type LeftOut = SendBlock['kind'] | 'duplicate' | 'sent before';

/** The findings of a row. */
export interface CheckedRow {
  findings: readonly Finding[];
  /** True if a send would refuse it. */
  wrong: boolean;
  /** Why a send would leave it out; undefined if it would not. */
  leftOut: LeftOut | undefined;
  /** The size of its text as an SMS; undefined unless it is one. */
  size: { encoding: Encoding; parts: number } | undefined;
}

/** Facts of the ledger about a row. */
export interface RowHistory {
  block: SendBlock | undefined;
  /** The message that was recorded under its id. */
  earlier: Delivery | undefined;
}

/** Where the columns of a file are. */
export interface Layout {
  columns: readonly string[];
  fields: RowFields;
}

/** Turns validated rows into findings: their problems, and what is worth knowing of rows that can be sent. */
export class RowFindings {
  readonly #input: Pick<MessageInput, 'text' | 'template' | 'variables'>;
  readonly #findTemplate: FindTemplate | undefined;
  readonly #allowDuplicates: boolean;
  readonly #inCommonText: ReadonlySet<string>;
  /** Characters that make the text of all rows UCS-2, which is reported once. */
  readonly #commonNonGsm: ReadonlySet<string>;
  /** Placeholders without a column, which are reported once. */
  readonly #reported = new Set<string>();

  constructor({ input, findTemplate, allowDuplicates }: RowRules) {
    this.#input = input;
    this.#findTemplate = findTemplate;
    this.#allowDuplicates = allowDuplicates;
    this.#inCommonText = findPlaceholders(input.text ?? '');
    this.#commonNonGsm = new Set(findNonGsm(input.text ?? '').map(({ character }) => character));
  }

  /** Returns the findings that hold for all rows. */
  async common(): Promise<Finding[]> {
    const { text, template } = this.#input;
    const foreign = text === undefined ? undefined : describeNonGsm(text);
    const problems = template === undefined ? [] : ((await this.#findTemplate?.(template))?.problems ?? []);
    return [
      ...(foreign ? [finding('message', text ?? '', 'costly', foreign.detail, foreign.hint)] : []),
      ...problems.map((failure) =>
        finding('template', template ?? '', 'wrong', failure.message, findHint(failure), {
          code: failure.code,
        }),
      ),
    ];
  }

  /** Returns the findings of one row. */
  async row(validated: ValidatedRow, layout: Layout, { block, earlier }: RowHistory): Promise<CheckedRow> {
    const { row, problems, to, message, duplicateOf, empty } = validated;
    const notes = new Notes(validated, layout);
    const { fields } = layout;
    for (const problem of problems.filter(({ subject }) => subject === 'number')) notes.refuse(problem);
    if (to !== undefined && block === undefined && (await isLandline(to)))
      notes.add('number', fields.to, 'warning', `${to} is a landline`, landlineHint);
    if (to !== undefined && block !== undefined) {
      const { detail, hint, code } = describeBlock(to, block);
      notes.add('number', fields.to, 'warning', detail, hint, { code });
      if (isBlocking(block)) notes.leftOut = block.kind;
    }
    for (const problem of problems) if (problem.subject !== 'number') this.#report(problem, notes);
    for (const [name, place] of empty) notes.add('row', place, 'warning', `{${name}} is empty`);
    const size = message && hasText(message) ? this.#checkSize(message, notes, layout) : sizeOf(problems);
    if (message !== undefined && earlier !== undefined && !notes.wrong)
      this.#compare(message, earlier, notes);
    if (duplicateOf !== undefined && !this.#allowDuplicates && !notes.wrong) {
      const detail = `the same destination and content as in line ${duplicateOf}`;
      notes.add('row', undefined, 'warning', detail, 'it is sent once; --allow-duplicates sends it again');
      notes.leftOut ??= 'duplicate';
    }
    const wrong = notes.wrong || row.problem !== undefined;
    return { findings: notes.findings, wrong, leftOut: wrong ? undefined : notes.leftOut, size };
  }

  /** Compares a row with the message that was recorded under its id. */
  #compare(entry: BulkRow, { plan, phase }: Delivery, notes: Notes): void {
    const { fields } = notes.layout;
    if (!isSameSend({ ...entry, id: plan.id }, plan)) {
      const detail = `${JSON.stringify(plan.id)} was used before for another destination or content`;
      notes.add('id', fields.id, 'wrong', detail, 'use another id', { code: 'id.reused' });
    } else if (phase !== 'queued') {
      notes.add('id', fields.id, 'warning', `${plan.id} was sent before`, 'it is not sent again');
      notes.leftOut ??= 'sent before';
    }
  }

  #report(problem: RowProblem, notes: Notes): void {
    const { subject, place, failure } = problem;
    // A template that no row can send is reported once, by `common`.
    const isCommon = subject === 'template' && place === undefined && commonCodes.has(failure.code);
    if (isCommon) notes.wrong = true;
    else if (failure.code === 'placeholder.missing') this.#reportMissing(problem, notes);
    else notes.refuse(problem);
  }

  #reportMissing({ place, failure }: RowProblem, notes: Notes): void {
    const [name = ''] = failure.facts.names ?? [];
    const isCommon =
      this.#inCommonText.has(name) || (this.#input.template !== undefined && this.#input.text === undefined);
    const hint = findHint(failure);
    notes.wrong = true;
    if (place !== undefined || !isCommon) {
      notes.add('row', place, 'wrong', failure.message, hint, { code: failure.code });
      return;
    }
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    notes.add('row', undefined, 'wrong', failure.message, hint, { line: null, code: failure.code });
  }

  #checkSize({ message: { text, chain } }: BulkRow, notes: Notes, { fields }: Layout): CheckedRow['size'] {
    if (text === null || !chain.includes('sms')) return undefined;
    const { verdict, detail, hint, encoding, parts, left } = checkText(text);
    if (encoding === null || parts === null) return undefined;
    const isOwn = fields.message !== undefined && this.#input.text === undefined;
    const own = isOwn ? fields.message : undefined;
    const culprit = verdict === 'costly' ? this.#findCulprit(notes, isOwn) : undefined;
    // Characters in the text of all rows were reported before.
    if (verdict === 'costly' && (own ?? culprit) !== undefined)
      notes.add('message', culprit ?? own, verdict, detail, hint, { value: text, encoding, parts, left });
    return { encoding, parts };
  }

  /** Returns the column whose value makes a text UCS-2 that would be GSM-7 without it. */
  #findCulprit({ validated, layout }: Notes, isOwn: boolean): number | undefined {
    const { cells } = validated.row;
    const text = isOwn ? (cells[layout.fields.message ?? 0] ?? '') : (this.#input.text ?? '');
    if (isOwn && findNonGsm(text).length > 0) return undefined;
    const { named } = layout.fields;
    const headers = named.map(([name]) => name);
    for (const placeholder of findPlaceholders(text)) {
      const [match] = matchName(placeholder, headers);
      const place = named.find(([name]) => name === match)?.[1];
      if (place === undefined) continue;
      if (findNonGsm(cells[place] ?? '').some(({ character }) => !this.#commonNonGsm.has(character)))
        return place;
    }
    return undefined;
  }
}

function hasText({ message: { text } }: BulkRow): boolean {
  return text !== null;
}

/** The parts of a text that is refused because it has too many. */
function sizeOf(problems: readonly RowProblem[]): CheckedRow['size'] {
  const facts = problems.find(({ failure }) => failure.code === 'text.too-long')?.failure.facts;
  return facts && { encoding: facts.encoding as Encoding, parts: Number(facts.parts) };
}

/** Codes of failures that concern a template, whatever its values. */
const commonCodes: ReadonlySet<string> = new Set(['template.unknown', 'template.not-approved']);

/** The findings of one row so far. */
class Notes {
  readonly findings: Finding[] = [];
  wrong = false;
  leftOut: LeftOut | undefined;

  constructor(
    readonly validated: ValidatedRow,
    readonly layout: Layout,
  ) {}

  refuse({ subject, place, failure }: RowProblem): void {
    const { fields } = this.layout;
    // Without any content, the empty column is that of the text, or else of the template.
    const at = failure.code === 'text.missing' ? (fields.message ?? fields.template) : place;
    this.add(subject, at, 'wrong', failure.message, findHint(failure) ?? null, { code: failure.code });
  }

  add(
    subject: Finding['subject'],
    place: number | undefined,
    verdict: Verdict,
    detail: string,
    hint: string | null = null,
    more: Partial<Finding> = {},
  ): void {
    if (verdict === 'wrong') this.wrong = true;
    const { cells, line } = this.validated.row;
    const value = place === undefined ? '' : (cells[place] ?? '');
    const column = place === undefined ? null : (this.layout.columns[place] ?? null);
    this.findings.push(finding(subject, value, verdict, detail, hint, { line, column, ...more }));
  }
}
