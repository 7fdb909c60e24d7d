import { turnFunction } from './turn-function.ts';

/**
 * SQL that migrates a ledger from version n to n + 1, at index n; the search path is the schema of the ledger. The tables
 * are those of SQLite (`sqlite/schema.ts`), and what only machines need that share a server:
 *
 * - `meta`: version of the schema; the account, as the base URL of the first use; the server, by its system identifier
 *   and timeline, since a failover or a restore may have taken claims back.
 * - `workers`: a worker is alive while its session holds the advisory lock `key`, or its lease, `until`, is not over.
 *   `session` and `turn` tell a statement of an earlier session, which must change nothing.
 * - `bulk_claims.turn`: the turn that claimed, to read a claim again whose answer was lost.
 */
export const steps: readonly string[] = [
  `CREATE TABLE meta (
     version   int NOT NULL,
     base_url  text,
     system_id text,
     timeline  bigint
   );
   INSERT INTO meta (version) VALUES (0);
   CREATE TABLE identity (listener text);
   INSERT INTO identity DEFAULT VALUES;
   CREATE TABLE workers (
     id            text PRIMARY KEY,
     key           bigint NOT NULL,
     host          text NOT NULL,
     pid           bigint NOT NULL,
     backend       int NOT NULL,
     backend_start timestamptz NOT NULL,
     session       text NOT NULL,
     state         text NOT NULL DEFAULT 'alive',
     until         timestamptz NOT NULL,
     turn          bigint NOT NULL DEFAULT 0
   );

   CREATE TABLE messages (
     seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id         text NOT NULL UNIQUE,
     gateway_id text,
     bulk       text,
     channel    text NOT NULL,
     status     text NOT NULL,
     final      int NOT NULL,
     created_at bigint NOT NULL,
     state      text NOT NULL
   );
   CREATE INDEX messages_gateway_id ON messages (gateway_id) WHERE gateway_id IS NOT NULL;
   CREATE INDEX messages_open ON messages (seq) WHERE final = 0;
   CREATE TABLE events (
     seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     message bigint NOT NULL,
     body    text NOT NULL
   );
   CREATE INDEX events_message ON events (message);

   CREATE TABLE bulks (
     seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id          text NOT NULL UNIQUE,
     body        text NOT NULL,
     rows        bigint NOT NULL,
     stopped     int NOT NULL,
     fingerprint text UNIQUE,
     created_at  bigint NOT NULL,
     owner       text
   );
   CREATE TABLE bulk_rows (
     bulk bigint NOT NULL,
     row  bigint NOT NULL,
     body text NOT NULL,
     PRIMARY KEY (bulk, row)
   );
   CREATE TABLE bulk_ids (
     id   text PRIMARY KEY,
     bulk bigint NOT NULL,
     row  bigint NOT NULL
   );
   CREATE INDEX bulk_ids_bulk ON bulk_ids (bulk);
   CREATE TABLE bulk_free (
     bulk  bigint NOT NULL,
     first bigint NOT NULL,
     last  bigint NOT NULL,
     PRIMARY KEY (bulk, first)
   );
   CREATE TABLE bulk_claims (
     bulk  bigint NOT NULL,
     first bigint NOT NULL,
     last  bigint NOT NULL,
     owner text NOT NULL,
     at    bigint NOT NULL,
     ms    double precision,
     route text,
     open  int NOT NULL DEFAULT 1,
     taken text NOT NULL DEFAULT '{}',
     turn  bigint,
     PRIMARY KEY (bulk, first)
   );
   CREATE INDEX bulk_claims_open ON bulk_claims (bulk, first) WHERE open = 1;
   CREATE TABLE bulk_outcomes (
     bulk    bigint NOT NULL,
     row     bigint NOT NULL,
     phase   text NOT NULL,
     channel text NOT NULL,
     status  text NOT NULL,
     final   int NOT NULL,
     events  text NOT NULL,
     PRIMARY KEY (bulk, row)
   );
   CREATE INDEX bulk_outcomes_unsettled ON bulk_outcomes (bulk, phase, row)
     WHERE phase IN ('queued', 'sending', 'doubt');
   CREATE TABLE bulk_counts (
     bulk    bigint NOT NULL,
     channel text NOT NULL,
     status  text NOT NULL,
     final   int NOT NULL,
     count   bigint NOT NULL,
     PRIMARY KEY (bulk, channel, status, final)
   );
   CREATE TABLE bulk_workers (
     bulk     bigint NOT NULL,
     worker   text NOT NULL,
     host     text NOT NULL,
     pid      bigint NOT NULL,
     since    bigint NOT NULL,
     accepted bigint NOT NULL,
     leads    int NOT NULL,
     PRIMARY KEY (bulk, worker)
   );
   CREATE TABLE pace (
     one   int PRIMARY KEY CHECK (one = 1),
     slots text NOT NULL
   );
   CREATE TABLE controls (
     seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     route    text NOT NULL,
     endpoint text NOT NULL,
     id       text NOT NULL
   );
   CREATE INDEX controls_of ON controls (route, endpoint, seq);

   CREATE TABLE news (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     id  text NOT NULL
   );
   CREATE TABLE heard (
     seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key text NOT NULL UNIQUE
   );
   CREATE TABLE strays (
     seq  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key  text NOT NULL UNIQUE,
     at   bigint NOT NULL,
     body text NOT NULL
   );
   CREATE TABLE inbound (
     seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     key     text NOT NULL UNIQUE,
     channel text NOT NULL,
     phone   text NOT NULL,
     at      bigint NOT NULL,
     body    text NOT NULL
   );
   CREATE INDEX inbound_of ON inbound (phone, channel, at);
   CREATE TABLE inbox_looks (
     route text PRIMARY KEY,
     at    bigint NOT NULL
   );
   CREATE TABLE optouts (
     person text PRIMARY KEY,
     phone  text,
     at     bigint NOT NULL,
     source text NOT NULL,
     note   text
   );
   CREATE TABLE consent_changes (
     person text PRIMARY KEY,
     at     bigint NOT NULL
   );
   CREATE TABLE cache (
     name text PRIMARY KEY,
     body text NOT NULL
   );
   CREATE TABLE forwards (
     seq   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     url   text NOT NULL,
     type  text NOT NULL,
     body  text NOT NULL,
     tries int NOT NULL,
     due   bigint NOT NULL
   );
   CREATE INDEX forwards_due ON forwards (url, due);

   -- Reads JSON from outside. The server refuses to read a member of a document while any text in it has a NUL or half of a
   -- surrogate pair, which JSON may have (RFC 8259, section 8.2): they are read as U+FFFD. JSON.stringify escapes no pair.
   CREATE FUNCTION read_json(body text) RETURNS json LANGUAGE sql IMMUTABLE AS $$
     SELECT CAST(
       CASE WHEN strpos(body, '\\u0000') > 0 OR strpos(body, '\\ud') > 0
       THEN regexp_replace(body, '(?<!\\\\)((\\\\\\\\)*)\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\1\\\\ufffd', 'g')
       ELSE body END AS json)
   $$;

   -- Judges a worker: 'alive'; 'gone', also where there is none; or 'uncertain', if it has no session and its lease is
   -- not over. A worker whose lease is over and whose lock is free is marked as gone. After a restart of the server no
   -- session holds a lock yet, so each gets the time of a lease to come back. A frozen process keeps its session for
   -- ever: it is ended once the lease has been over for longer than \`frozen\`.
   CREATE FUNCTION judge_worker(worker text, lease interval, frozen interval) RETURNS text LANGUAGE plpgsql AS $$
   DECLARE
     found_worker workers%ROWTYPE;
     has_ended boolean;
     is_free boolean;
   BEGIN
     SELECT * INTO found_worker FROM workers WHERE id = worker;
     IF NOT FOUND OR found_worker.state <> 'alive' THEN RETURN 'gone'; END IF;
     has_ended := found_worker.until < clock_timestamp();
     is_free := pg_try_advisory_xact_lock(found_worker.key);
     IF NOT is_free AND found_worker.until + frozen < clock_timestamp() THEN
       PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid = found_worker.backend AND backend_start = found_worker.backend_start;
     END IF;
     IF NOT is_free THEN RETURN 'alive'; END IF;
     IF NOT has_ended OR clock_timestamp() < pg_postmaster_start_time() + lease THEN RETURN 'uncertain'; END IF;
     UPDATE workers SET state = 'gone' WHERE id = worker AND state = 'alive' AND until < clock_timestamp();
     RETURN CASE WHEN FOUND THEN 'gone' ELSE 'alive' END;
   END $$;

   ${turnFunction}`,
];
