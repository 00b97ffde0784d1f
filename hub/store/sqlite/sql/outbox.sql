-- name: add_delivery
-- something owed; it heads its lane when nothing unfinished stands before it
INSERT INTO delivery (destination, type, resource_id, version, map_name, lane, person, receipt, not_before, first_due, heads)
VALUES (:destination, :type, :id, :version, :map_name, :lane, :person, :receipt, :due, :due,
    :lane IS NULL OR (
        NOT EXISTS (SELECT 1 FROM delivery WHERE destination = :destination AND lane = :lane AND @unfinished)
        AND NOT EXISTS (SELECT 1 FROM delivery WHERE destination = :destination AND lane = :lane AND holds = 1)))

-- name: claim
-- the heads of their lanes that may be tried now become in-flight
UPDATE delivery SET state = 'in-flight', attempts = attempts + 1
WHERE id IN (
    SELECT d.id FROM delivery AS d INDEXED BY delivery_ready
    WHERE d.destination = (SELECT id FROM destination WHERE name = :destination)
    AND d.heads = 1 AND d.state IN ('due', 'waiting') AND d.not_before > :after AND d.not_before <= :until
    ORDER BY d.not_before, d.id LIMIT :limit)
RETURNING id

-- name: settle_delivery
-- to another state; a finished one heads its lane no more
UPDATE delivery SET
    state = :state,
    attempts = attempts + (:state = 'in-flight'),
    not_before = CASE WHEN :state IN ('waiting', 'due') THEN :not_before ELSE not_before END,
    reason = CASE WHEN :state = 'in-flight' THEN coalesce(:reason, reason) ELSE :reason END,
    heads = heads AND :state NOT IN ('delivered', 'dead'),
    holds = :holds AND :state = 'dead',
    discarded = 0
WHERE id = :id

-- name: head_of_lane
-- the delivery that heads a lane
SELECT id, state FROM delivery WHERE destination = ? AND lane = ? AND @unfinished AND heads = 1

-- name: next_head
-- the oldest unfinished delivery of a lane now heads it, unless a dead letter holds the lane
UPDATE delivery SET heads = 1
WHERE id = (SELECT min(id) FROM delivery WHERE destination = :destination AND lane = :lane AND @unfinished)
AND NOT EXISTS (SELECT 1 FROM delivery WHERE destination = :destination AND lane = :lane AND holds = 1)

-- name: set_heads
-- whether a delivery heads its lane
UPDATE delivery SET heads = ? WHERE id = ?

-- name: discard_delivery
-- a dead letter is put aside for good, and holds its lane no more
UPDATE delivery SET discarded = 1, holds = 0, reason = :reason WHERE id = :id

-- name: left_in_flight
-- when the hub stopped: it may have been accepted
SELECT d.id, o.name FROM delivery AS d CROSS JOIN destination AS o ON o.id = d.destination
WHERE d.state NOT IN ('delivered', 'dead') AND d.state = 'in-flight' ORDER BY d.id

-- name: add_audit
-- who did what to whose record
INSERT INTO audit (at, client, organisation, user, purpose, action, interaction, outcome, person, resource, basis, receipt)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: hold_deliveries
-- after a restore: a person says which of them were sent meanwhile
UPDATE delivery SET state = 'dead', heads = 0, reason = CASE WHEN state = 'in-flight' THEN :left ELSE :held END
WHERE state NOT IN ('delivered', 'dead')
