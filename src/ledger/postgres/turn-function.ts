/**
 * A turn of a worker that sends a bulk, as one statement: a client that freezes holds no lock. It renews the lease under
 * the number of the session and of the turn, stores plain acceptances, and claims rows. Nothing happens, and `fenced` is
 * returned, if this is not the next turn of this session or the worker was marked as gone.
 *
 * Other writers hold the lock of the ledger alone, turns share it: they meet only in `bulk_free`, where each skips what
 * another locks, and in the counts, which come last.
 *
 * In:  lock, version, worker, session, turn, lease (seconds), bulk, groups [{first, last, entries, left}], counted
 *      {channel, status, final}, accepted, controls {endpoint: [id]}, maxControls, limit, at, ms, route
 * Out: fenced, stopped, known (rows with an outcome of their own, whose acceptances are not stored), claims
 *      [{first, last}], returned (rows were given back)
 */
export const turnFunction = `CREATE FUNCTION take_turn(p json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  own text := p ->> 'worker';
  wanted bigint := (p ->> 'limit')::bigint;
  the_bulk bigint;
  is_stopped boolean;
  part record;
  kept text;
  stored bigint;
  all_stored bigint := 0;
  known bigint[] := '{}';
  found_known bigint[];
  free record;
  final_row bigint;
  claimed json[] := '{}';
BEGIN
  PERFORM pg_advisory_xact_lock_shared((p ->> 'lock')::bigint);
  UPDATE workers SET turn = turn + 1, until = clock_timestamp() + make_interval(secs => (p ->> 'lease')::float8)
  WHERE id = own AND state = 'alive' AND session = p ->> 'session' AND turn = (p ->> 'turn')::bigint - 1
    AND (SELECT version FROM meta) = (p ->> 'version')::int;
  IF NOT FOUND THEN RETURN json_build_object('fenced', true); END IF;
  SELECT seq, stopped = 1 INTO the_bulk, is_stopped FROM bulks WHERE id = p ->> 'bulk';
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no bulk %', p ->> 'bulk'; END IF;

  FOR part IN SELECT * FROM json_to_recordset(p -> 'groups') AS g(first bigint, last bigint, entries text, "left" bigint)
  LOOP
    kept := part.entries;
    IF kept IS NOT NULL AND EXISTS (
      SELECT FROM bulk_outcomes WHERE bulk = the_bulk AND row BETWEEN part.first AND part.last
    ) THEN
      SELECT string_agg('"' || e.key || '":' || e.value, ',') FILTER (WHERE o.row IS NULL),
             coalesce(array_agg(e.key::bigint) FILTER (WHERE o.row IS NOT NULL), '{}')
      INTO kept, found_known
      FROM json_each(read_json('{' || kept || '}')) AS e
      LEFT JOIN bulk_outcomes o ON o.bulk = the_bulk AND o.row = e.key::bigint;
      known := known || found_known;
    END IF;
    UPDATE bulk_claims SET
      open = CASE WHEN part.left > 0 THEN 1 ELSE 0 END,
      taken = CASE WHEN kept IS NULL THEN taken WHEN taken = '{}' THEN '{' || kept || '}'
              ELSE left(taken, length(taken) - 1) || ',' || kept || '}' END
    WHERE bulk = the_bulk AND first = part.first AND owner = own;
    IF NOT FOUND THEN RAISE EXCEPTION 'claim % of bulk % is not owned by %', part.first, the_bulk, own; END IF;
    IF kept IS NOT NULL THEN
      SELECT count(*) INTO stored FROM json_object_keys(read_json('{' || kept || '}'));
      all_stored := all_stored + stored;
    END IF;
  END LOOP;

  FOR part IN SELECT c.key AS endpoint, c.value AS ids FROM json_each(p -> 'controls') AS c
  LOOP
    INSERT INTO controls (route, endpoint, id)
      SELECT p ->> 'route', part.endpoint, i.value FROM json_array_elements_text(part.ids) AS i;
    DELETE FROM controls WHERE route = p ->> 'route' AND endpoint = part.endpoint AND seq <
      (SELECT seq FROM controls WHERE route = p ->> 'route' AND endpoint = part.endpoint
       ORDER BY seq DESC LIMIT 1 OFFSET (p ->> 'maxControls')::int - 1);
  END LOOP;

  WHILE wanted > 0 AND NOT is_stopped LOOP
    SELECT f.first, f.last INTO free FROM bulk_free f WHERE f.bulk = the_bulk
      ORDER BY f.first LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      -- All that is free is locked by turns that end in a moment.
      PERFORM 1 FROM bulk_free f WHERE f.bulk = the_bulk ORDER BY f.first LIMIT 1 FOR UPDATE;
      IF NOT FOUND AND NOT EXISTS (SELECT FROM bulk_free f WHERE f.bulk = the_bulk) THEN EXIT; END IF;
      CONTINUE;
    END IF;
    final_row := least(free.last, free.first + wanted - 1);
    IF final_row = free.last THEN
      DELETE FROM bulk_free WHERE bulk = the_bulk AND first = free.first;
    ELSE
      UPDATE bulk_free SET first = final_row + 1 WHERE bulk = the_bulk AND first = free.first;
    END IF;
    INSERT INTO bulk_claims (bulk, first, last, owner, at, ms, route, turn)
      VALUES (the_bulk, free.first, final_row, own, (p ->> 'at')::bigint, (p ->> 'ms')::float8, p ->> 'route',
              (p ->> 'turn')::bigint);
    claimed := claimed || json_build_object('first', free.first, 'last', final_row);
    -- Rows that were sent by themselves, under their own ids, are not claimed.
    wanted := wanted - (final_row - free.first + 1) +
      (SELECT count(*) FROM bulk_outcomes o WHERE o.bulk = the_bulk AND o.row BETWEEN free.first AND final_row);
  END LOOP;

  IF all_stored > 0 THEN
    INSERT INTO bulk_counts (bulk, channel, status, final, count)
      VALUES (the_bulk, p -> 'counted' ->> 'channel', p -> 'counted' ->> 'status',
              (p -> 'counted' ->> 'final')::int, all_stored)
      ON CONFLICT (bulk, channel, status, final) DO UPDATE SET count = bulk_counts.count + excluded.count;
  END IF;
  IF (p ->> 'accepted')::bigint > 0 THEN
    UPDATE bulk_workers SET accepted = accepted + (p ->> 'accepted')::bigint WHERE bulk = the_bulk AND worker = own;
  END IF;
  RETURN json_build_object(
    'fenced', false, 'stopped', is_stopped, 'known', to_json(known), 'claims', to_json(claimed),
    'returned', EXISTS (
      SELECT FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt') AND bulk = the_bulk AND phase = 'queued'));
END $$;
`;
