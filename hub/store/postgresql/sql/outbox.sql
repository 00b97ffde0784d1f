-- name: add_deliveries
-- what is owed (a JSON array); one heads its lane when nothing stands before it
INSERT INTO delivery (id, destination, type, resource_id, version, map_name, lane, person, receipt, not_before, first_due, heads)
SELECT g.id, g.destination, g.type, g.resource_id, g.version, g.map_name, g.lane, g.person, g.receipt, g.due, g.due,
    g.lane IS NULL OR (
        g.id = min(g.id) OVER (PARTITION BY g.destination, g.lane)
        AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.destination = g.destination AND d.lane = g.lane AND @unfinished)
        AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.destination = g.destination AND d.lane = g.lane AND d.holds))
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS g (
    id bigint, destination bigint, type bigint, resource_id text, version bigint, map_name text, lane text, person text,
    receipt bigint, due bigint)

-- name: ready
-- heads of their lanes that may be tried now
SELECT d.id FROM delivery AS d
WHERE d.destination = (SELECT id FROM destination WHERE name = :destination)
AND d.heads AND d.state IN ('due', 'waiting') AND d.not_before > :after AND d.not_before <= :until
ORDER BY d.not_before, d.id LIMIT :limit

-- name: claim
-- they become in-flight, in the hands of this hub
UPDATE delivery SET state = 'in-flight', attempts = attempts + 1, hub = :hub WHERE id IN (@ready) RETURNING id

-- name: settle_delivery
-- to another state; a finished one heads its lane no more
UPDATE delivery SET
    state = :state,
    hub = CASE WHEN :state = 'in-flight' THEN CAST(:hub AS bigint) END,
    attempts = attempts + CASE WHEN :state = 'in-flight' THEN 1 ELSE 0 END,
    not_before = CASE WHEN :state IN ('waiting', 'due') THEN :not_before ELSE not_before END,
    reason = CASE WHEN :state = 'in-flight' THEN coalesce(:reason, reason) ELSE :reason END,
    heads = heads AND :state NOT IN ('delivered', 'dead'),
    holds = CAST(:holds AS boolean) AND :state = 'dead',
    discarded = false
WHERE id = :id

-- name: hold_of_delivery
-- where a delivery stands, and which hub has it
SELECT state, destination, lane, hub FROM delivery WHERE id = ?

-- name: head_of_lane
-- the delivery that heads a lane
SELECT id, state FROM delivery WHERE destination = ? AND lane = ? AND @unfinished AND heads

-- name: next_head
-- the oldest unfinished delivery of a lane heads it, unless a dead letter holds it; + 0, or the planner may look among all from the start
UPDATE delivery SET heads = true
WHERE id = (SELECT min(id + 0) FROM delivery WHERE destination = :destination AND lane = :lane AND @unfinished)
AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.destination = :destination AND d.lane = :lane AND d.holds)

-- name: set_heads
-- whether a delivery heads its lane
UPDATE delivery SET heads = ? WHERE id = ?

-- name: discard_delivery
-- a dead letter is put aside for good, and holds its lane no more
UPDATE delivery SET discarded = true, holds = false, reason = :reason WHERE id = :id

-- name: lapsed
-- in flight in the hands of a hub that is gone: it may have been accepted
SELECT d.id, o.name FROM delivery AS d JOIN destination AS o ON o.id = d.destination
WHERE d.state = 'in-flight' AND NOT EXISTS (SELECT 1 FROM hub AS h WHERE h.id = d.hub AND @alive)

-- name: take_over
-- into the hands of another hub
UPDATE delivery SET hub = :hub WHERE id = :id

-- name: hold_deliveries
-- after a restore: a person says which of them were sent meanwhile
UPDATE delivery SET state = 'dead', heads = false, hub = NULL, reason = CASE WHEN state = 'in-flight' THEN :left ELSE :held END
WHERE state NOT IN ('delivered', 'dead')
