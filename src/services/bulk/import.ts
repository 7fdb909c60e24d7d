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
  /** Called once, before the first recipients are looked up among the opt-outs; not for a file without a valid row. */
  refreshOptOuts(): Promise<void>;
}

/** Counts of the rows of a file. */
export interface ImportTally {
  rows: number;
  invalid: number;
  doubles: number;
  /** Rows left out because the ledger knows their id: they were sent before, or will be. */
  known: number;
  /** Known messages that are in doubt, and those that failed for good. */
  knownInDoubt: number;
  knownFailed: number;
  parts: number;
  /** Texts in each encoding; zero unless SMS is among the channels. */
  gsm7: number;
  ucs2: number;
  /** Rows to landlines, which are sent. */
  landlines: number;
  /** Empty values of placeholders that a message uses. */
  empty: number;
  /** Rows to people who opted out: left out, unless overridden. */
  optedOut: number;
  /** Free-form WhatsApp messages outside the 24-hour window: left out, unless overridden. */
  windowClosed: number;
}

/** The result of a batch of rows; `tally` counts all rows so far. */
export interface ImportBatch {
  tally: Readonly<ImportTally>;
  rejected: readonly Rejected[];
  /** Valid rows that must not be sent. */
  unwanted: readonly SkippedRow[];
}

/** A valid row that is left out because of its recipient. */
export interface SkippedRow extends Rejected {
  reason: SendBlock['kind'];
  to: Phone;
}

/** Rows composed and recorded in one commit. */
const rowsPerCommit = 1_000;

/**
 * Imports the rows of a file as a bulk: composes and records each row, and sends nothing. Yields after each batch.
 * Returns the new bulk; the earlier bulk of the same rows if there is one, even if recipients have opted out since; or
 * undefined, with nothing recorded, if rows are invalid and may not be skipped, or no row is left.
 * @throws Failure `file.*`, `ledger.unusable`
 */
export async function* importRows(
  sheet: Sheet,
  spec: Omit<BulkSpec, 'common'>,
  options: ImportOptions,
  ledger: Pick<Ledger, 'bulks' | 'optOuts' | 'inbounds'>,
): AsyncGenerator<ImportBatch, { bulk: Bulk; isNew: boolean } | undefined> {
  const { bulks } = ledger;
  const tally = emptyTally();
  /** Rows whose id belongs to a queued message: no problem if this file turns out to be the bulk with that message. */
  const waiting: Rejected[] = [];
  const { rules, channel, fallback } = options;
  const { simulation } = rules.input;
  const fingerprint = createHash('sha256').update(JSON.stringify([spec.name, channel, fallback, simulation]));
  let hasEntries = false;
  let hasBegun = false;
  let isSealed = false;
  let hasFreshOptOuts = false;
  /** Rows left out because of their recipients. */
  let blocked = 0;
  let width = -1;
  let validator: RowValidator | undefined;
  const mustFail = () => tally.invalid > 0 && !options.skipInvalid;

  async function* addRows(rows: readonly Row[]): AsyncGenerator<ImportBatch> {
    const rejected: Rejected[] = [];
    const unwanted: SkippedRow[] = [];
    let entries: BulkRow[] = [];
    /** The row of each entry. */
    let origins: Row[] = [];
    let keys = '';
    await validator?.prepare(rows);
    for (const row of rows) {
      tally.rows++;
      const validated = validator?.validate(row) ?? missingColumns();
      const { problems, message: entry, key, duplicateOf, empty } = validated;
      if (entry !== undefined && key !== undefined) {
        if (!hasEntries) fingerprint.update(bulkKey(entry.message));
        hasEntries = true;
        keys += `${key}\u0001${entry.id ?? ''}\u0002`;
      }
      if (problems.length > 0 || entry === undefined) {
        tally.invalid++;
        rejected.push(rejectRow(validated, sheet.columns));
        continue;
      }
      tally.empty += empty.length;
      if (rules.parsePhone.isLandline(entry.to)) tally.landlines++;
      if (duplicateOf !== undefined && !rules.allowDuplicates) {
        tally.doubles++;
        continue;
      }
      entries.push(entry);
      origins.push(row);
    }
    fingerprint.update(keys);
    if (!mustFail()) ({ entries, origins } = await removeBlocked(entries, origins, unwanted));
    if (!mustFail() && entries.length > 0) {
      const [first] = entries;
      if (!hasBegun && first) await bulks.begin({ ...spec, common: first.message });
      hasBegun = true;
      const known = await bulks.add(spec.id, entries);
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
        } else waiting.push({ row, column: 'id', reason: waitingReason(earlier) });
      });
    }
    yield { tally, rejected, unwanted };
  }

  /** Removes rows that must not be sent. Call it after the fingerprint is updated, which must not depend on opt-outs. */
  async function removeBlocked(
    entries: BulkRow[],
    origins: Row[],
    unwanted: SkippedRow[],
  ): Promise<{ entries: BulkRow[]; origins: Row[] }> {
    if (entries.length > 0 && !hasFreshOptOuts) await options.refreshOptOuts();
    hasFreshOptOuts ||= entries.length > 0;
    const blocks = await findSendBlocks(entries, ledger, spec.createdAt, spec.overrides);
    if (blocks.size === 0) return { entries, origins };
    const isWanted = entries.map((entry, index) => {
      const block = blocks.get(entry);
      if (block === undefined || (block.kind === 'window closed' && block.hasFallback)) return true;
      tally[block.kind === 'opted out' ? 'optedOut' : 'windowClosed']++;
      const row = origins[index];
      if (!isBlocking(block) || row === undefined) return true;
      blocked++;
      unwanted.push({ row, column: null, reason: block.kind, to: entry.to });
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
        const fields = rowFields(sheet, options.mappings, options.commonFields);
        destinationPlace(fields, sheet);
        validator ??= new RowValidator(fields, rules);
        validator.setFields(fields);
      }
      for (let at = 0; at < rows.length; at += rowsPerCommit)
        yield* addRows(rows.slice(at, at + rowsPerCommit));
    }
    const digest = fingerprint.digest('hex');
    const same = mustFail() ? undefined : await bulks.findByFingerprint(digest);
    if (same) return { bulk: same, isNew: false };
    if (waiting.length > 0) {
      tally.invalid += waiting.length;
      yield { tally, rejected: waiting, unwanted: [] };
    }
    const left = tally.rows - tally.invalid - tally.doubles - tally.known - blocked;
    if (!hasBegun || mustFail() || left === 0) return undefined;
    const result = await bulks.seal(spec.id, digest);
    isSealed = true;
    return result;
  } finally {
    if (hasBegun && !isSealed) await bulks.drop(spec.id);
  }
}

function emptyTally(): ImportTally {
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
    landlines: 0,
    ...sizes,
  };
}

/** Returns why a row cannot take the id of a queued message. */
function waitingReason({ plan, bulk }: Delivery): string {
  return bulk === null
    ? `${plan.id} was recorded before and waits: send it by itself with --id ${plan.id}`
    : `${plan.id} waits in another bulk: \`qlara bulk resume ${bulk}\` sends it`;
}

function missingColumns(): never {
  throw new Error('a row precedes its columns');
}

function count({ message }: BulkRow, tally: ImportTally): void {
  const sms = countSmsParts(message);
  if (sms === null) return;
  tally.parts += sms.parts;
  tally[sms.encoding]++;
}
