import { Failure, refuse } from '../../errors.ts';
import {
  optionalRowFields,
  type RowFieldName,
  type RowFields,
  rowFieldNames,
} from '../../input/rows/columns.ts';
import { DuplicateIndex } from '../../input/rows/duplicates.ts';
import type { Row } from '../../input/rows/row.ts';
import type { BulkRow } from '../../message/bulk.ts';
import { buildChain, type ChannelName } from '../../message/channels/channel.ts';
import { composeMessage, type MessageInput } from '../../message/compose.ts';
import { contentKey } from '../../message/content-key.ts';
import {
  parseAccountId,
  parseAgentId,
  parseCampaign,
  parseMessageId,
  parseSender,
  type Sender,
} from '../../message/id.ts';
import { findNearest } from '../../message/nearest.ts';
import type { Phone, PhoneParser } from '../../message/phone.ts';
import { findPlaceholders, isKnownName, pickValues } from '../../message/placeholders.ts';
import { findRichPlaceholders } from '../../message/rich.ts';
import type { MessageRules } from '../../message/rules.ts';
import { describeMissing, findColumns } from './columns.ts';
import {
  assignValues,
  describeNoSms,
  type FindTemplate,
  findTooLong,
  type KnownTemplate,
  mergeKnownTemplates,
  nameOwner,
  usesTemplateSms,
} from './template.ts';

/** The rules for all rows of a file. */
export interface RowRules {
  /** The message for all rows; a row's own text, template and sender replace its fields. */
  input: Omit<MessageInput, 'channel' | 'fallback'>;
  /** Returns the channel that a row enters at, by its content. */
  route(
    text: string | undefined,
    template: string | undefined,
    known: KnownTemplate | undefined,
  ): { channel: ChannelName; fallback: boolean };
  messageRules: MessageRules;
  parsePhone: PhoneParser;
  /** Finds templates; undefined to skip that check. */
  findTemplate: FindTemplate | undefined;
  /** Finds the template that RCS has of its own; undefined where it has none, or to skip that check. */
  findRcsTemplate?: FindTemplate | undefined;
  /** False for a file of numbers, which is checked without a message. */
  needsContent: boolean;
  allowDuplicates: boolean;
}

/** A reason why a row cannot be sent. */
export interface RowProblem {
  subject: 'number' | 'sender' | 'id' | 'message' | 'template' | 'row';
  /** The column it is about, by its place; undefined for the row as a whole. */
  place: number | undefined;
  failure: Failure;
}

/** A row as the rules see it: a message where there are no problems. */
export interface ValidatedRow {
  row: Row;
  problems: readonly RowProblem[];
  /** The number; undefined where it cannot be read. */
  to: Phone | undefined;
  /** Undefined where a problem keeps it from being composed. */
  message: BulkRow | undefined;
  /** A text that two rows share exactly if they say the same to the same recipient. */
  key: string | undefined;
  /** The line of the first row that says the same; undefined where this is the first. */
  duplicateOf: number | undefined;
  /** Placeholders whose value is empty, with the place of their column. */
  empty: readonly (readonly [name: string, place: number])[];
}

/** The parts of a message that rows with the same text and template share. */
interface Content {
  input: MessageInput;
  rcsTemplate: string | undefined;
  known: KnownTemplate | undefined;
  inText: ReadonlySet<string>;
  /** Columns whose cells are values of this message. */
  columns: readonly { name: string; place: number; mayBeEmpty: boolean }[];
  /** Values that hold for all rows. */
  common: readonly (readonly [name: string, value: string])[];
}

/** Which field a failure is about, by the first word of its code. */
const fieldByCode: Readonly<Record<string, [RowProblem['subject'], RowFieldName]>> = {
  text: ['message', 'message'],
  template: ['template', 'template'],
};

const optionalReaders = {
  rcsTemplate: parseAccountId,
  agentId: parseAgentId,
  phoneNumberId: parseAccountId,
  campaign: parseCampaign,
} satisfies Record<(typeof optionalRowFields)[number], (cell: string) => unknown>;

/**
 * Validates the rows of one file: returns each as a message or with all of its problems. Sending and checking use it
 * alike, so a check reports exactly what a send refuses.
 */
export class RowValidator {
  readonly #rules: RowRules;
  readonly #inCommonText: ReadonlySet<string>;
  readonly #contents = new DuplicateIndex();
  readonly #ids = new DuplicateIndex();
  readonly #templates = new Map<string, KnownTemplate>();
  readonly #rcsTemplates = new Map<string, KnownTemplate>();
  #latest: Content | undefined;
  #fields: RowFields;
  #isPrepared = false;

  constructor(fields: RowFields, rules: RowRules) {
    this.#rules = rules;
    this.#inCommonText = this.#findPlaceholders(rules.input.text);
    this.#fields = fields;
  }

  /** Takes over the columns that later rows of JSON add. */
  setFields(fields: RowFields): void {
    this.#fields = fields;
    this.#latest = undefined;
  }

  /**
   * Looks up the templates that rows name, each once.
   * @throws Failure where the gateway cannot be asked; `placeholder.unknown` or `map.invalid` for a name that no row needs
   */
  async prepare(rows: readonly Row[]): Promise<void> {
    await this.#findTemplates(rows);
    if (!this.#isPrepared) this.#refuseUnusedNames();
    this.#isPrepared = true;
  }

  async #findTemplates(rows: readonly Row[]): Promise<void> {
    const { findTemplate, findRcsTemplate, input } = this.#rules;
    const lookups = [
      { find: findTemplate, common: input.template, place: this.#fields.template, known: this.#templates },
      {
        find: findRcsTemplate,
        common: input.rcsTemplate,
        place: this.#fields.rcsTemplate,
        known: this.#rcsTemplates,
      },
    ];
    for (const { find, common, place, known } of lookups) {
      if (find === undefined) continue;
      const cells = place === undefined ? [] : rows.map(({ cells }) => cells[place]?.trim() ?? '');
      for (const id of new Set([common ?? '', ...cells]))
        if (id !== '' && !known.has(id)) known.set(id, await find(id));
    }
  }

  /** Returns the placeholders of a text, and of content that all rows share. */
  #findPlaceholders(text: string | undefined): ReadonlySet<string> {
    const names = findPlaceholders(text ?? '');
    const { rich } = this.#rules.input;
    return rich === undefined ? names : new Set([...names, ...findRichPlaceholders(rich)]);
  }

  /**
   * Refuses names from --var and --map that no placeholder has. Rows with texts or templates of their own may need any.
   */
  #refuseUnusedNames(): void {
    const { input } = this.#rules;
    const { template } = input;
    const { message, template: templateColumn, rcsTemplate: rcsColumn, mapped } = this.#fields;
    const ofTemplate = this.#placeholdersOf(template, input.rcsTemplate ?? undefined);
    const hasOwn = [message, templateColumn, rcsColumn].some((column) => column !== undefined);
    if (hasOwn || ofTemplate === undefined) return;
    const known = [...ofTemplate, ...this.#inCommonText];
    const owner = template === undefined ? 'the message' : `template ${template}`;
    const refuseUnused = (name: string, flag: string, names: readonly string[]) => {
      if (isKnownName(name, known) || this.#rules.messageRules.isReservedValue(name)) return;
      const meant = findNearest(name, names);
      refuse(
        flag === '--map' ? 'map.invalid' : 'placeholder.unknown',
        `${owner} has no placeholder {${name}}`,
        {
          known,
          flag,
          ...(meant !== undefined && { meant }),
        },
      );
    };
    for (const name of Object.keys(input.variables)) refuseUnused(name, '--var', known);
    for (const name of mapped) refuseUnused(name, '--map', [...known, ...rowFieldNames]);
  }

  /** Returns the placeholders of templates; undefined if those of one are not known. */
  #placeholdersOf(template?: string, rcsTemplate?: string): ReadonlySet<string> | undefined {
    if (template === undefined && rcsTemplate === undefined) return new Set();
    return this.#knownOf(template, rcsTemplate)?.placeholders;
  }

  #knownOf(template: string | undefined, rcsTemplate: string | undefined): KnownTemplate | undefined {
    const first = template === undefined ? undefined : this.#templates.get(template);
    const { findRcsTemplate } = this.#rules;
    if (rcsTemplate === undefined || findRcsTemplate === undefined) return first;
    const second = this.#rcsTemplates.get(rcsTemplate);
    return first && second ? mergeKnownTemplates(first, second) : (first ?? second);
  }

  /** Validates a row, against those before it too. Call `prepare` with it first. */
  validate(row: Row): ValidatedRow {
    const problems: RowProblem[] = [];
    const empty: [string, number][] = [];
    if (row.problem !== undefined) {
      problems.push(problem('row', undefined, new Failure('usage', 'row.invalid', row.problem)));
      return {
        row,
        problems,
        empty,
        to: undefined,
        message: undefined,
        key: undefined,
        duplicateOf: undefined,
      };
    }
    const to = this.#attempt(problems, 'number', 'to', () => this.#readPhone(row));
    const sender = this.#attempt(problems, 'sender', 'from', () => this.#readSender(row));
    const id = this.#attempt(problems, 'id', 'id', () => this.#readId(row));
    const own = this.#readOptional(row, problems);
    // A field that cannot be read is not missing too.
    const isReadable = !problems.some(({ subject }) => subject === 'row');
    const message = isReadable ? this.#compose(row, { sender, ...own }, problems, empty) : undefined;
    if (to === undefined || message === undefined || id === undefined || problems.length > 0) {
      const partial = message && { to: to ?? ('' as Phone), message, id: id ?? null };
      return { row, problems, empty, to, message: partial, key: undefined, duplicateOf: undefined };
    }
    const composed: BulkRow = { to, message, id };
    const key = contentKey(composed);
    const duplicateOf = this.#contents.firstLine(key, row.line);
    if ((duplicateOf === undefined || this.#rules.allowDuplicates) && id !== null)
      this.#refuseSecondId(id, row, problems);
    return { row, problems, empty, to, message: composed, key, duplicateOf };
  }

  #cell({ cells }: Row, name: RowFieldName): string | undefined {
    const place = this.#fields[name];
    const cell = place === undefined ? undefined : cells[place];
    return cell === undefined || cell.trim() === '' ? undefined : cell;
  }

  #readPhone(row: Row): Phone {
    const cell = this.#cell(row, 'to');
    return cell === undefined ? refuse('phone.missing', 'there is no number') : this.#rules.parsePhone(cell);
  }

  #readSender(row: Row): Sender | undefined {
    const cell = this.#cell(row, 'from');
    return cell === undefined ? this.#rules.input.sender : parseSender(cell.trim());
  }

  #readId(row: Row): string | null {
    const cell = this.#cell(row, 'id');
    return cell === undefined ? null : parseMessageId(cell.trim());
  }

  /** Reads the optional fields of a row; undefined if it has none. */
  #readOptional(row: Row, problems: RowProblem[]): Partial<MessageInput> | undefined {
    let own: Record<string, unknown> | undefined;
    for (const field of optionalRowFields) {
      const cell = this.#fields[field] === undefined ? undefined : this.#cell(row, field);
      if (cell === undefined) continue;
      own ??= {};
      own[field] = this.#attempt(problems, 'row', field, () => optionalReaders[field](cell));
    }
    return own;
  }

  #refuseSecondId(id: string, { line }: Row, problems: RowProblem[]): void {
    const before = this.#ids.firstLine(id, line);
    if (before === undefined) return;
    const text = `the same id as in line ${before}`;
    const failure = new Failure('usage', 'id.twice', text, 'an id is sent at most once');
    problems.push(problem('id', this.#fields.id, failure));
  }

  #attempt<T>(
    problems: RowProblem[],
    subject: RowProblem['subject'],
    field: RowFieldName,
    read: () => T,
  ): T | undefined {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const [other, otherField] = fieldByCode[cause.code.split('.')[0] ?? ''] ?? [];
      const isText = subject === 'message';
      const place = this.#fields[isText ? (otherField ?? field) : field];
      problems.push(problem(isText ? (other ?? subject) : subject, place, cause));
      return undefined;
    }
  }

  #compose(
    row: Row,
    own: Partial<MessageInput> & { sender: Sender | undefined },
    problems: RowProblem[],
    empty: [string, number][],
  ) {
    const { input, needsContent } = this.#rules;
    const text = this.#cell(row, 'message') ?? input.text;
    const template = this.#cell(row, 'template')?.trim() ?? input.template;
    if (text === undefined && template === undefined && !needsContent) return undefined;
    const content = this.#contentOf(text, template, own.rcsTemplate ?? input.rcsTemplate ?? undefined);
    const { known } = content;
    for (const failure of known?.problems ?? [])
      problems.push(problem('template', this.#fields.template, failure));
    if (known !== undefined && known.problems.length > 0) return undefined;
    if (known?.hasSms === false && this.#usesTemplateSms(content)) {
      problems.push(problem('template', this.#fields.template, describeNoSms(known)));
      return undefined;
    }
    const variables = this.#variables(row, content, empty);
    if (this.#isMissing(variables, content, problems)) return undefined;
    const tooLong = known && template ? findTooLong(template, known.limited, variables) : [];
    for (const failure of tooLong) problems.push(problem('template', this.#fields.template, failure));
    return this.#attempt(problems, 'message', 'message', () => {
      const message = composeMessage({ ...content.input, variables, ...own }, this.#rules.messageRules);
      // The gateway refuses values of a template that only the text, or the other template, needs.
      const needsSplit = known !== undefined && (content.inText.size > 0 || message.rcsTemplate != null);
      return needsSplit ? assignValues(message, known, this.#rules.messageRules) : message;
    });
  }

  #usesTemplateSms({ input: { channel, fallback, template } }: Content): boolean {
    return usesTemplateSms(buildChain(channel, fallback), template, this.#rules.messageRules);
  }

  /** Returns what rows with this text and template have in common; most rows of a file share one. */
  #contentOf(
    text: string | undefined,
    template: string | undefined,
    rcsTemplate: string | undefined,
  ): Content {
    const latest = this.#latest;
    const isLatest =
      latest?.input.text === text &&
      latest?.input.template === template &&
      latest?.rcsTemplate === rcsTemplate;
    if (latest !== undefined && isLatest) return latest;
    const { input, route } = this.#rules;
    const known = this.#knownOf(template, rcsTemplate);
    const ofTemplate = known?.placeholders;
    const inText = text === input.text ? this.#inCommonText : this.#findPlaceholders(text);
    const needed = new Set([...inText, ...(ofTemplate ?? [])]);
    const columns = [...needed].flatMap((name) => {
      const [match, ...others] = findColumns(name, this.#fields);
      return match === undefined || others.length > 0 ? [] : [{ name, place: match[1], mayBeEmpty: true }];
    });
    // A template with unknown placeholders may need every column. An empty cell belongs to another template then.
    const hasTemplate = template !== undefined || rcsTemplate !== undefined;
    const isOpen = hasTemplate && ofTemplate === undefined;
    const { isReservedValue } = this.#rules.messageRules;
    const others = this.#fields.variables.filter(
      ([name]) => (isOpen || (hasTemplate && isReservedValue(name))) && !isKnownName(name, needed),
    );
    const reserved = Object.entries(input.variables).filter(([name]) => hasTemplate && isReservedValue(name));
    this.#latest = {
      input: { ...input, ...route(text, template, known), text, template },
      rcsTemplate,
      known,
      inText,
      columns: [...columns, ...others.map(([name, place]) => ({ name, place, mayBeEmpty: false }))],
      common: Object.entries({
        ...(isOpen && input.variables),
        ...Object.fromEntries(reserved),
        ...pickValues(needed, input.variables),
      }),
    };
    return this.#latest;
  }

  #variables(
    { cells }: Row,
    { columns, common }: Content,
    empty: [string, number][],
  ): Record<string, string> {
    const variables: Record<string, string> = {};
    for (const { name, place, mayBeEmpty } of columns) {
      const cell = cells[place];
      if (cell === undefined) continue;
      if (cell.trim() === '') {
        if (!mayBeEmpty) continue;
        empty.push([name, place]);
      }
      setOwn(variables, name, cell);
    }
    for (const [name, value] of common) setOwn(variables, name, value);
    return variables;
  }

  /** Adds a problem for each placeholder without a value, and tells whether there is one. */
  #isMissing(variables: Record<string, string>, { inText, known }: Content, problems: RowProblem[]): boolean {
    const before = problems.length;
    for (const name of inText)
      if (!Object.hasOwn(variables, name)) problems.push(this.#missing(name, 'the message'));
    // A default value must not stand in for one of several columns.
    const needed = new Set(known?.needed);
    const isMissing = (name: string) => needed.has(name) || findColumns(name, this.#fields).length > 1;
    for (const name of new Set([...needed, ...(known?.placeholders ?? [])]))
      if (!inText.has(name) && !Object.hasOwn(variables, name) && isMissing(name))
        problems.push(this.#missing(name, nameOwner(known?.owners ?? [], [name])));
    return problems.length > before;
  }

  #missing(name: string, owner: string): RowProblem {
    const [column, ...others] = findColumns(name, this.#fields);
    const failure = describeMissing(name, owner, this.#fields);
    return problem('row', others.length > 0 ? undefined : column?.[1], failure);
  }
}

/** Sets a value under any name; a column may be called `__proto__` too. */
function setOwn(target: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

function problem(subject: RowProblem['subject'], place: number | undefined, failure: Failure): RowProblem {
  return { subject, place, failure };
}
