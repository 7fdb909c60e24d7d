import { createHash } from 'node:crypto';
import { destinationPlace, type Mapping, type RowFieldName, rowFields } from '../../input/rows/columns.ts';
import type { Row, Sheet } from '../../input/rows/row.ts';
import type { Ledger } from '../../ledger/api.ts';
import type { Bulk, BulkRow, BulkSpec } from '../../message/bulk.ts';
import type { ChannelName } from '../../message/channels/channel.ts';
import { bulkKey } from '../../message/content-key.ts';
import { type Delivery, isFinal, isInDoubt, statusOf } from '../../message/delivery.ts';
import { isFailed } from '../../message/event.ts';
import { countSmsParts, isSameSend } from '../../message/message.ts';
import type { Phone } from '../../message/phone.ts';
import { findSendBlocks, isBlocking, type SendBlock } from '../send-guard.ts';
import { type Rejected, rejectRow } from '../validate/rejected.ts';
import { type RowRules, RowValidator } from '../validate/row-validator.ts';

/** How rows become messages. */
export interface ImportOptions {
  rules: RowRules;
  /** The channel of the messages, for the fingerprint of the bulk. */
  channel: ChannelName;
  fallback: boolean;
  mappings: readonly Mapping[];
  /** Fields that hold for all rows, so no column is read for them. */
  commonFields: readonly RowFieldName[];
  /** True to leave out rows that cannot be sent; else the first of them ends the import. */
  skipInvalid: boolean;
}

/** What was found in a file. */
export interface ImportTally {
  rows: number;
  invalid: number;
  doubles: number;
  /** Left out, for their own id is known here: they were sent before, or will be. */
  known: number;
  /** Of those known, how many are in doubt, and how many failed for good. */
  knownInDoubt: number;
  knownFailed: number;
  parts: number;
  /** Texts in each encoding; none where nothing goes by SMS. */
  gsm7: number;
  ucs2: number;
  /** Used values of placeholders that are empty. */
  empty: number;
  /** To those who have opted out: left out, unless the order is forced. */
  optedOut: number;
  /** Free-form for WhatsApp, past the 24 hours after they last wrote: left out, unless the order is forced. */
  windowClosed: number;
}

/** What a batch of rows came to. */
export interface ImportBatch {
  tally: Readonly<ImportTally>;
  rejected: readonly Rejected[];
  /** Rows that nothing is wrong with, and that are not to be sent. */
  unwanted: readonly SkippedRow[];
}

/** A row that is left out for its destination. */
export interface SkippedRow extends Rejected {
  reason: SendBlock['kind'];
  to: Phone;
}

/** Rows that are composed and written in one go. */
const portion = 1_000;

/**
 * Makes a bulk of a file: composes every row and records it, without sending anything. Yields as it goes. Returns
 * the bulk; the one made earlier of the same rows, where there is one, whoever has opted out since; or undefined where
 * rows are invalid and may not be skipped, or none are left, and then nothing is kept.
 * @throws Failure `file.*`, `ledger.unusable`
 */
export async function* importRows(
  sheet: Sheet,
  order: Omit<BulkSpec, 'common'>,
  reading: ImportOptions,
  ledger: Pick<Ledger, 'bulks' | 'optOuts' | 'inbounds'>,
): AsyncGenerator<ImportBatch, { bulk: Bulk; isNew: boolean } | undefined> {
  const { bulks } = ledger;
  const tally = untold();
  /** Those whose id is of a message that has not left: no fault where these rows are that bulk, told again. */
  const waiting: Rejected[] = [];
  const { rules, channel, fallback } = reading;
  const { simulation } = rules.input;
  const fingerprint = createHash('sha256').update(
    JSON.stringify([order.name, channel, fallback, simulation]),
  );
  let hasEntries = false;
  let begun = false;
  let sealed = false;
  /** Rows left out for their recipients. */
  let blocked = 0;
  let width = -1;
  let validator: RowValidator | undefined;
  const isSpoilt = () => tally.invalid > 0 && !reading.skipInvalid;

  async function* take(rows: readonly Row[]): AsyncGenerator<ImportBatch> {
    const rejected: Rejected[] = [];
    const unwanted: SkippedRow[] = [];
    let entries: BulkRow[] = [];
    /** Of each entry, the row it is from. */
    let origins: Row[] = [];
    let said = '';
    await validator?.prepare(rows);
    for (const row of rows) {
      tally.rows++;
      const validated = validator?.validate(row) ?? unread();
      const { problems, message: entry, key, duplicateOf, empty } = validated;
      if (entry !== undefined && key !== undefined) {
        if (!hasEntries) fingerprint.update(bulkKey(entry.message));
        hasEntries = true;
        said += `${key}\u0001${entry.id ?? ''}\u0002`;
      }
      if (problems.length > 0 || entry === undefined) {
        tally.invalid++;
        rejected.push(rejectRow(validated, sheet.columns));
        continue;
      }
      tally.empty += empty.length;
      if (duplicateOf !== undefined && !rules.allowDuplicates) {
        tally.doubles++;
        continue;
      }
      entries.push(entry);
      origins.push(row);
    }
    fingerprint.update(said);
    if (!isSpoilt()) ({ entries, origins } = await withoutUnwanted(entries, origins, unwanted));
    if (!isSpoilt() && entries.length > 0) {
      const [first] = entries;
      if (!begun && first) await bulks.begin({ ...order, common: first.message });
      begun = true;
      const known = await bulks.add(order.id, entries);
      entries.forEach((entry, index) => {
        const earlier = known.get(index);
        const row = origins[index];
        if (earlier === undefined) count(entry, tally);
        else if (row !== undefined && !isSameSend({ ...entry, id: earlier.plan.id }, earlier.plan)) {
          tally.invalid++;
          const reason = `${JSON.stringify(entry.id)} was used before for another destination or content`;
          rejected.push({ row, column: 'id', reason });
        } else if (earlier.phase !== 'queued' || row === undefined) {
          tally.known++;
          if (isInDoubt(earlier)) tally.knownInDoubt++;
          if (isFinal(earlier) && isFailed(statusOf(earlier))) tally.knownFailed++;
        } else waiting.push({ row, column: 'id', reason: waits(earlier) });
      });
    }
    yield { tally, rejected, unwanted };
  }

  /** Those that may be sent. Looked up after they have gone into the fingerprint, which is not to change with it. */
  async function withoutUnwanted(
    entries: BulkRow[],
    origins: Row[],
    unwanted: SkippedRow[],
  ): Promise<{ entries: BulkRow[]; origins: Row[] }> {
    const objections = await findSendBlocks(entries, ledger, order.createdAt, order.overrides);
    if (objections.size === 0) return { entries, origins };
    const isWanted = entries.map((entry, index) => {
      const objection = objections.get(entry);
      if (objection === undefined || (objection.kind === 'window closed' && objection.hasFallback))
        return true;
      tally[objection.kind === 'opted out' ? 'optedOut' : 'windowClosed']++;
      const row = origins[index];
      if (!isBlocking(objection) || row === undefined) return true;
      blocked++;
      unwanted.push({ row, column: null, reason: objection.kind, to: entry.to });
      return false;
    });
    return {
      entries: entries.filter((_, index) => isWanted[index]),
      origins: origins.filter((_, index) => isWanted[index]),
    };
  }

  try {
    for await (const rows of sheet.rows) {
      if (sheet.columns.length !== width) {
        width = sheet.columns.length;
        const fields = rowFields(sheet, reading.mappings, reading.commonFields);
        destinationPlace(fields, sheet);
        validator ??= new RowValidator(fields, rules);
        validator.setFields(fields);
      }
      for (let at = 0; at < rows.length; at += portion) yield* take(rows.slice(at, at + portion));
    }
    const digest = fingerprint.digest('hex');
    const same = isSpoilt() ? undefined : await bulks.findByFingerprint(digest);
    if (same) return { bulk: same, isNew: false };
    if (waiting.length > 0) {
      tally.invalid += waiting.length;
      yield { tally, rejected: waiting, unwanted: [] };
    }
    const left = tally.rows - tally.invalid - tally.doubles - tally.known - blocked;
    if (!begun || isSpoilt() || left === 0) return undefined;
    const made = await bulks.seal(order.id, digest);
    sealed = true;
    return made;
  } finally {
    if (begun && !sealed) await bulks.drop(order.id);
  }
}

function untold(): ImportTally {
  const sizes = { parts: 0, gsm7: 0, ucs2: 0, empty: 0 };
  return {
    rows: 0,
    invalid: 0,
    doubles: 0,
    known: 0,
    knownInDoubt: 0,
    knownFailed: 0,
    optedOut: 0,
    windowClosed: 0,
    ...sizes,
  };
}

/** Why a message is not made under the id of another that has not left yet. */
function waits({ plan, bulk }: Delivery): string {
  return bulk === null
    ? `${plan.id} was recorded before and waits: send it by itself with --id ${plan.id}`
    : `${plan.id} waits in another bulk: \`qlara bulk resume ${bulk}\` sends it`;
}

function unread(): never {
  throw new Error('a row came before its columns');
}

function count({ message }: BulkRow, tally: ImportTally): void {
  const sms = countSmsParts(message);
  if (sms === null) return;
  tally.parts += sms.parts;
  tally[sms.encoding]++;
}
