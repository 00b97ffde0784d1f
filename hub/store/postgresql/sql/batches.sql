-- name: begin_batch
-- a batch begins: the last one that was written
BEGIN; SELECT coalesce(max(id), 0) FROM batch

-- name: seal
-- from here on this hub alone writes; and what others have written since the batch began
SELECT pg_advisory_xact_lock({seal}); SELECT id, topics FROM batch WHERE id > {begun} ORDER BY id

-- name: note_batch
-- what this batch wrote; and that it is the last of its writer, to ask after it should the answer to the commit be lost
WITH noted AS (INSERT INTO batch (id, topics) VALUES (:number, :topics))
INSERT INTO last_batch (writer, number) VALUES (:writer, :own)
ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at

-- name: forget_batches
-- those that no batch under way can have begun before
DELETE FROM batch WHERE id <= :number

-- name: fate
-- whether a batch of this writer is committed. Whoever has the seal knows that the session which sent the COMMIT has come to its end
BEGIN; SELECT pg_advisory_xact_lock({seal}); SELECT EXISTS (SELECT 1 FROM last_batch WHERE writer = {writer} AND number = {own}); COMMIT

-- name: forget_writers
-- those long gone
DELETE FROM last_batch WHERE at < now() - interval '1 day'

-- name: numbers_of
-- so many new numbers
SELECT nextval('{sequence}') FROM generate_series(1, :number)

-- name: find_name
-- the number of a name in a dictionary
SELECT id FROM {dictionary} WHERE name = ?

-- name: add_name
-- a new name in a dictionary; no row where another hub was faster
INSERT INTO {dictionary} (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING id

-- name: find_unit
-- the number of a unit of measure
SELECT id FROM unit WHERE code = ? AND system = ? AND unit = ?

-- name: add_unit
-- a new unit of measure; no row where another hub was faster
INSERT INTO unit (code, system, unit) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id

-- name: given_terms
-- terms, given as their columns
unnest(CAST(:params AS bigint[]), CAST(:texts AS text[]), CAST(:spaces AS bigint[])) AS g (param, text, space)

-- name: find_terms
-- the numbers of those that are there
SELECT t.param, t.text, t.space, t.id FROM @given_terms JOIN term AS t ON t.param = g.param AND t.text = g.text AND t.space = g.space

-- name: add_terms
-- new ones; no row for those where another hub was faster
INSERT INTO term (param, text, space) SELECT g.param, g.text, g.space FROM @given_terms
ON CONFLICT DO NOTHING RETURNING param, text, space, id

-- name: register
-- a hub begins its work
INSERT INTO hub (lease, lease_until)
VALUES (make_interval(secs => :seconds), clock_timestamp() + make_interval(secs => :seconds)) RETURNING id

-- name: renew_lease
-- a hub is still there, or again
INSERT INTO hub (id, lease, lease_until) OVERRIDING SYSTEM VALUE
VALUES (:hub, make_interval(secs => :seconds), clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until

-- name: alive
-- the hub h counts as alive, or we have not watched for long enough to say that it is not: it may have been as cut off as we were
(h.lease_until > clock_timestamp() OR h.lease > make_interval(secs => :watched))

-- name: sign_off
-- a hub has ended its work
DELETE FROM hub WHERE id = :hub

-- name: forget_hubs
-- those long gone, with nothing in flight
DELETE FROM hub WHERE lease_until < clock_timestamp() - interval '1 day'
AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.hub = hub.id AND d.state = 'in-flight')
