import { findNearest } from '../../message/nearest.ts';
import { findNonGsm, type NonGsmCharacter, toGsm7 } from '../../message/non-gsm.ts';
import { findPlaceholders, renderText } from '../../message/placeholders.ts';
import { countParts, formatParts, maxParts, type Parts } from '../../message/sms.ts';
import { type Finding, finding, type Verdict } from './finding.ts';
import type { CommonInput } from './layout.ts';
import type { RowNotes } from './row-notes.ts';
import type { FindTemplate, KnownTemplate } from './template.ts';

/** What a row would send. */
interface Said {
  size: Pick<Finding, 'encoding' | 'parts'> | undefined;
  /** Alike for rows that say the same. */
  content: string;
}

const nothing: KnownTemplate = { needed: [], problems: [] };

/** Holds the texts and templates of rows, and what they get from the columns, against the rules. */
export class RowText {
  readonly #constant: CommonInput;
  readonly #templates: FindTemplate;
  readonly #asked: ReadonlySet<string>;
  /** What makes the text of all rows dear, which is not told again of each. */
  readonly #dear: ReadonlySet<string>;
  /** Placeholders that no column is called like, which are told once. */
  readonly #told = new Set<string>();

  constructor(constant: CommonInput, templates: FindTemplate) {
    this.#constant = constant;
    this.#templates = templates;
    this.#asked = findPlaceholders(constant.text ?? '');
    this.#dear = new Set(findNonGsm(constant.text ?? '').map(({ character }) => character));
  }

  /** What holds for all rows. */
  async once(): Promise<Finding[]> {
    const { text, template } = this.#constant;
    const foreign = text === undefined ? undefined : describeNonGsm(text);
    const { problems } = template === undefined ? nothing : await this.#templates(template);
    return [
      ...(foreign ? [finding('message', text ?? '', 'costly', foreign.detail, foreign.hint)] : []),
      ...problems.map(({ value, detail, hint }) => finding('template', value, 'wrong', detail, hint)),
    ];
  }

  async of(notes: RowNotes): Promise<Said> {
    const { fields } = notes.layout;
    const text = this.#constant.text ?? notes.cell('message');
    const id = this.#constant.template ?? notes.cell('template');
    const template = id === undefined ? nothing : await this.#templates(id);
    if (text === undefined && id === undefined && (fields.message ?? fields.template) !== undefined)
      notes.tell('message', fields.message ?? fields.template, 'wrong', 'there is nothing to send');
    if (template.problems.length > 0) notes.wrong = true;
    if (this.#constant.template === undefined)
      for (const { detail, hint } of template.problems)
        notes.tell('template', fields.template, 'wrong', detail, hint);
    const asked = this.#constant.text === undefined ? findPlaceholders(text ?? '') : this.#asked;
    const values = this.#values(asked, template, notes);
    const content = [text, id, ...Object.values(values)].join('\0');
    if (text === undefined || [...asked].some((name) => !Object.hasOwn(values, name)))
      return { size: undefined, content };
    return { size: this.#size(text, values, notes), content };
  }

  /** The values of placeholders; those that are missing are told. */
  #values(asked: ReadonlySet<string>, { needed }: KnownTemplate, notes: RowNotes): Record<string, string> {
    const values: [string, string][] = [];
    for (const name of needed.length > 0 ? new Set([...asked, ...needed]) : asked) {
      const place = notes.layout.places.get(name);
      const value = (place === undefined ? undefined : notes.row.cells[place]) ?? this.#common(name);
      if (value === undefined) {
        const isOfAll =
          (this.#constant.text !== undefined && asked.has(name)) ||
          (this.#constant.template !== undefined && needed.includes(name));
        notes.wrong = true;
        if (place === undefined && isOfAll) this.#noColumn(name, notes);
        else notes.tell('row', place, 'wrong', `{${name}} has no value`);
        continue;
      }
      values.push([name, value]);
      if (value.trim() === '') notes.tell('row', place, 'warning', `{${name}} is empty`);
    }
    return Object.fromEntries(values);
  }

  #common(name: string): string | undefined {
    return Object.hasOwn(this.#constant.values, name) ? this.#constant.values[name] : undefined;
  }

  /** Tells of a placeholder that no row has a value for. */
  #noColumn(name: string, notes: RowNotes): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const meant = findNearest(name, notes.layout.places.keys());
    const hint = meant ? `did you mean {${meant}}?` : `call a column so, or give --var ${name}=VALUE`;
    notes.tell('row', undefined, 'wrong', `{${name}} has no value: no column gives it`, hint, { line: null });
  }

  #size(text: string, values: Record<string, string>, notes: RowNotes): Said['size'] {
    const { verdict, detail, hint, encoding, parts, left } = checkText(renderText(text, values));
    const { fields, places } = notes.layout;
    const own = this.#constant.text === undefined ? fields.message : undefined;
    const culprit = verdict === 'costly' ? this.#culprit(text, values) : undefined;
    const place = culprit === undefined ? own : places.get(culprit);
    // What is dear about the text of all rows was told before.
    if (verdict === 'wrong' || (verdict === 'costly' && (own ?? culprit) !== undefined))
      notes.tell('message', place, verdict, detail, hint, {
        value: renderText(text, values),
        encoding,
        parts,
        left,
      });
    return { encoding, parts };
  }

  /** The placeholder whose value makes a text dear that would not be so by itself. */
  #culprit(text: string, values: Record<string, string>): string | undefined {
    if (this.#constant.text === undefined && findNonGsm(text).length > 0) return undefined;
    return Object.entries(values).find(([, value]) =>
      findNonGsm(value).some(({ character }) => !this.#dear.has(character)),
    )?.[0];
  }
}

/** What there is to say of a text as an SMS. */
type TextFinding = Pick<Finding, 'verdict' | 'detail' | 'hint' | 'encoding' | 'parts' | 'left'>;

/** A text as it would go out: what it takes, and what makes it dear or impossible. */
export function checkText(text: string): TextFinding {
  const size = countParts(text);
  const said = (verdict: Verdict, detail: string, hint: string | null): TextFinding => {
    const { encoding, parts, left } = size;
    return { verdict, detail, hint, encoding, parts, left };
  };
  if (text.trim() === '') return said('wrong', 'the message is empty', null);
  if (!text.isWellFormed()) return said('wrong', 'it holds half of a character (a lone surrogate)', null);
  if (size.parts > maxParts)
    return said('wrong', `more than the ${maxParts} parts an SMS can have`, 'shorten it');
  if (size.encoding === 'gsm7') return said('ok', 'all of it is in GSM-7', null);
  const foreign = findNonGsm(text);
  return said('costly', `not in GSM-7: ${foreign.map(named).join(', ')}`, cheaper(text, size, foreign));
}

function named({ character, codePoint, count }: NonGsmCharacter): string {
  return `${character} (${codePoint})${count > 1 ? ` ${count} times` : ''}`;
}

/** What is dear in a text whose placeholders are not filled in yet; undefined where nothing is. */
export function describeNonGsm(text: string): { detail: string; hint: string | null } | undefined {
  const foreign = findNonGsm(text);
  if (foreign.length === 0) return undefined;
  return { detail: `not in GSM-7: ${foreign.map(named).join(', ')}`, hint: replacements(foreign) };
}

/** What to write instead, and what that saves; null when some of it cannot be written otherwise. */
function cheaper(text: string, { parts }: Parts, foreign: readonly NonGsmCharacter[]): string | null {
  const changes = replacements(foreign);
  if (changes === null) return null;
  const then = countParts(toGsm7(text));
  const gain =
    then.parts < parts ? `: ${formatParts(then.parts)} instead of ${parts}` : `: room for ${then.left} more`;
  return then.encoding === 'gsm7' ? changes + gain : changes;
}

function replacements(foreign: readonly NonGsmCharacter[]): string | null {
  const changes = foreign.flatMap(({ character, replacement }) =>
    replacement === null ? [] : [`${replacement || 'nothing'} for ${character}`],
  );
  return changes.length === 0 ? null : `write ${changes.join(', ')}`;
}
