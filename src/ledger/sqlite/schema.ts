import type { Schema } from '../../storage/database.ts';

/** SQL of JSON in which the reason `forced` at `path` stands for both blocks that it overrode. */
function withOverrides(json: string, path: string): string {
  const reason = `${json} ->> '${path}.forced'`;
  const overrides = `json_object('optOut', ${reason}, 'window', ${reason})`;
  return `json_remove(json_set(${json}, '${path}.overrides', ${overrides}), '${path}.forced')`;
}

/** A pattern of SQLite for so many digits. */
const digits = (count: number) => '[0-9]'.repeat(count);

/** SQL of `toPersonKey` for the column `phone`. */
const personSql = `CASE
  WHEN phone GLOB '+55[1-9]${digits(1)}[6-9]${digits(7)}' THEN substr(phone, 1, 5) || '9' || substr(phone, 6)
  WHEN phone GLOB '+521${digits(10)}' THEN '+52' || substr(phone, 5)
  WHEN phone GLOB '+549${digits(10)}' THEN '+54' || substr(phone, 5)
  ELSE phone END`;

/**
 * Schema of a ledger. A message sent individually: `events` holds its events, append-only. `messages` holds the state
 * that results from them (`state`), so that a message is found and listed without reading its history; both change in
 * one transaction.
 *
 * A message of a bulk is a row: `bulk_rows` holds its content, written once. Rows are claimed in ranges, each a row
 * of `bulk_claims`. Most of them are plainly accepted by the gateway: those acceptances are stored in the claim, all
 * in one text (`taken`), at a fifth of the cost of a row each. Other events of a row are in `bulk_outcomes`
 * (`events`, a JSON array with all its events), beside columns for queries; an outcome supersedes the entry in the
 * claim. A row in neither place is waiting, unless it lies in a claim: then its request may be in flight.
 */
export const schema: Schema = {
  durability: 'full',
  steps: [
    `CREATE TABLE messages (
       seq        INTEGER PRIMARY KEY,
       id         TEXT NOT NULL UNIQUE,
       gateway_id TEXT,
       bulk       TEXT,
       channel    TEXT NOT NULL,
       status     TEXT NOT NULL,
       final      INTEGER NOT NULL,
       created_at INTEGER NOT NULL,
       state      TEXT NOT NULL
     );
     CREATE INDEX messages_gateway_id ON messages (gateway_id) WHERE gateway_id IS NOT NULL;
     CREATE INDEX messages_bulk ON messages (bulk) WHERE bulk IS NOT NULL;
     CREATE INDEX messages_open ON messages (seq) WHERE final = 0;
     CREATE TABLE events (
       seq     INTEGER PRIMARY KEY,
       message INTEGER NOT NULL,
       body    TEXT NOT NULL
     );
     CREATE INDEX events_message ON events (message);`,

    `CREATE TABLE bulks (
       seq         INTEGER PRIMARY KEY,
       id          TEXT NOT NULL UNIQUE,
       body        TEXT NOT NULL,
       rows        INTEGER NOT NULL,
       next        INTEGER NOT NULL,
       stopped     INTEGER NOT NULL,
       -- What makes the same rows told again the same bulk; null while rows are being added.
       fingerprint TEXT UNIQUE,
       created_at  INTEGER NOT NULL
     );
     CREATE TABLE bulk_rows (
       bulk INTEGER NOT NULL,
       row  INTEGER NOT NULL,
       body TEXT NOT NULL,
       PRIMARY KEY (bulk, row)
     ) WITHOUT ROWID;
     CREATE TABLE bulk_ids (
       id   TEXT PRIMARY KEY,
       bulk INTEGER NOT NULL,
       row  INTEGER NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE bulk_claims (
       bulk  INTEGER NOT NULL,
       first INTEGER NOT NULL,
       last  INTEGER NOT NULL,
       owner TEXT NOT NULL,
       at    INTEGER NOT NULL,
       PRIMARY KEY (bulk, first)
     ) WITHOUT ROWID;
     CREATE TABLE bulk_outcomes (
       bulk    INTEGER NOT NULL,
       row     INTEGER NOT NULL,
       phase   TEXT NOT NULL,
       channel TEXT NOT NULL,
       status  TEXT NOT NULL,
       final   INTEGER NOT NULL,
       events  TEXT NOT NULL,
       PRIMARY KEY (bulk, row)
     ) WITHOUT ROWID;
     CREATE INDEX bulk_outcomes_unsettled ON bulk_outcomes (bulk, phase, row)
       WHERE phase IN ('queued', 'sending', 'doubt');
     CREATE TABLE bulk_counts (
       bulk    INTEGER NOT NULL,
       channel TEXT NOT NULL,
       status  TEXT NOT NULL,
       final   INTEGER NOT NULL,
       count   INTEGER NOT NULL,
       PRIMARY KEY (bulk, channel, status, final)
     ) WITHOUT ROWID;
     CREATE TABLE pace (
       one   INTEGER PRIMARY KEY CHECK (one = 1),
       slots TEXT NOT NULL
     );`,

    // Webhook events: `news` names changed messages, for processes that watch them; `heard` holds the keys of events,
    // to detect duplicates; `strays` holds orphan receipts, of messages not known here, or not yet; `forwards` holds
    // calls to be forwarded.
    `CREATE TABLE news (
       seq INTEGER PRIMARY KEY,
       id  TEXT NOT NULL
     );
     CREATE TABLE heard (
       seq INTEGER PRIMARY KEY,
       key TEXT NOT NULL UNIQUE
     );
     CREATE TABLE strays (
       seq  INTEGER PRIMARY KEY,
       key  TEXT NOT NULL UNIQUE,
       at   INTEGER NOT NULL,
       body TEXT NOT NULL
     );
     CREATE TABLE inbound (
       seq   INTEGER PRIMARY KEY,
       key   TEXT NOT NULL UNIQUE,
       channel TEXT NOT NULL,
       phone TEXT NOT NULL,
       at    INTEGER NOT NULL,
       body  TEXT NOT NULL
     );
     CREATE INDEX inbound_of ON inbound (phone, channel, at);
     CREATE TABLE optouts (
       phone  TEXT PRIMARY KEY,
       at     INTEGER NOT NULL,
       source TEXT NOT NULL,
       note   TEXT
     ) WITHOUT ROWID;
     CREATE TABLE forwards (
       seq   INTEGER PRIMARY KEY,
       -- Of the address, a digest: it may hold a secret.
       url   TEXT NOT NULL,
       type  TEXT NOT NULL,
       body  TEXT NOT NULL,
       tries INTEGER NOT NULL,
       due   INTEGER NOT NULL
     );
     CREATE INDEX forwards_due ON forwards (url, due);`,

    // A claim is kept when all its rows have outcomes; until then it is `open`.
    `ALTER TABLE bulk_claims ADD COLUMN open INTEGER NOT NULL DEFAULT 1;
     ALTER TABLE bulk_claims ADD COLUMN taken TEXT NOT NULL DEFAULT '{}';
     CREATE INDEX bulk_claims_open ON bulk_claims (bulk, first) WHERE open = 1;`,

    // The owner is the worker that creates or sends a bulk, or listens; `ms` is the time of a claim by the monotonic
    // clock of its owner's boot, `route` its gateway. `workers` holds heartbeats, for other machines. `controls`
    // names messages that a gateway accepted, the newest of each endpoint: a response that lists one of them proves
    // that another is absent. `identity` tells the ledger from its copies.
    `ALTER TABLE bulks ADD COLUMN owner TEXT;
     ALTER TABLE bulk_claims ADD COLUMN ms REAL;
     ALTER TABLE bulk_claims ADD COLUMN route TEXT;
     CREATE TABLE workers (
       id    TEXT PRIMARY KEY,
       beats INTEGER NOT NULL,
       gone  INTEGER NOT NULL DEFAULT 0
     ) WITHOUT ROWID;
     CREATE TABLE controls (
       seq      INTEGER PRIMARY KEY,
       route    TEXT NOT NULL,
       endpoint TEXT NOT NULL,
       id       TEXT NOT NULL
     );
     CREATE INDEX controls_of ON controls (route, endpoint, seq);
     CREATE TABLE identity (
       one        INTEGER PRIMARY KEY CHECK (one = 1),
       ledger     TEXT,
       generation INTEGER NOT NULL,
       listener   TEXT
     );
     INSERT INTO identity (one, generation) VALUES (1, 0);`,

    // Stored words changed: the phase `taken` is `accepted`, and `forced` became `overrides`, a reason for each block.
    `UPDATE messages SET state = json_set(state, '$.phase', 'accepted') WHERE state ->> '$.phase' = 'taken';
     UPDATE messages SET state = ${withOverrides('state', '$.plan')} WHERE state ->> '$.plan.forced' IS NOT NULL;
     UPDATE events SET body = ${withOverrides('body', '$.plan')} WHERE body ->> '$.plan.forced' IS NOT NULL;
     UPDATE bulks SET body = ${withOverrides('body', '$')} WHERE body ->> '$.forced' IS NOT NULL;
     UPDATE bulk_outcomes SET phase = 'accepted' WHERE phase = 'taken';
     UPDATE bulk_outcomes SET events = (
       SELECT json_group_array(json(
         CASE WHEN value ->> '$.plan.forced' IS NULL THEN value ELSE ${withOverrides('value', '$.plan')} END
       )) FROM json_each(events))
       WHERE events LIKE '%"forced":%';`,

    // `person` is the number that stands for a person, `phone` the form that was given, where it is another.
    // `consent_changes` holds the time of the latest change of a person, where the opt-out does not; `inbox_looks` the
    // time up to which the inbox of a gateway was read.
    `CREATE TABLE optouts_by_person (
       person TEXT PRIMARY KEY,
       phone  TEXT,
       at     INTEGER NOT NULL,
       source TEXT NOT NULL,
       note   TEXT
     ) WITHOUT ROWID;
     INSERT OR IGNORE INTO optouts_by_person
       SELECT person, nullif(phone, person), at, source, note
       FROM (SELECT ${personSql} AS person, * FROM optouts ORDER BY at);
     DROP TABLE optouts;
     ALTER TABLE optouts_by_person RENAME TO optouts;
     CREATE TABLE consent_changes (
       person TEXT PRIMARY KEY,
       at     INTEGER NOT NULL
     ) WITHOUT ROWID;
     CREATE TABLE inbox_looks (
       route TEXT PRIMARY KEY,
       at    INTEGER NOT NULL
     ) WITHOUT ROWID;`,

    // `bulk_free` holds the ranges of rows that nobody has claimed; without its counter, a process of the version before
    // that still runs cannot claim them too. A bulk that is not stopped is offered to every process, so those of before are
    // stopped. `bulk_workers` names the processes that send a bulk; one `leads`.
    `CREATE TABLE bulk_free (
       bulk  INTEGER NOT NULL,
       first INTEGER NOT NULL,
       last  INTEGER NOT NULL,
       PRIMARY KEY (bulk, first)
     ) WITHOUT ROWID;
     INSERT INTO bulk_free SELECT seq, next, rows FROM bulks WHERE fingerprint IS NOT NULL AND next <= rows;
     ALTER TABLE bulks DROP COLUMN next;
     UPDATE bulks SET stopped = 1;
     CREATE TABLE bulk_workers (
       bulk     INTEGER NOT NULL,
       worker   TEXT NOT NULL,
       host     TEXT NOT NULL,
       pid      INTEGER NOT NULL,
       since    INTEGER NOT NULL,
       accepted INTEGER NOT NULL,
       leads    INTEGER NOT NULL,
       PRIMARY KEY (bulk, worker)
     ) WITHOUT ROWID;`,
  ],
};
