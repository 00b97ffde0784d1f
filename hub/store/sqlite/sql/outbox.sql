-- name: delivery_columns
-- the fields of hub.store.rows.Delivery, in their order
d.id, o.name, t.name, d.resource_id, d.version, d.map_name, d.lane, d.state, d.attempts, d.not_before, d.first_due, d.reason, d.receipt

-- name: delivery_names
-- the names a delivery d is shown with
CROSS JOIN destination AS o ON o.id = d.destination CROSS JOIN type AS t ON t.id = d.type

-- name: unfinished
-- the states that hold a lane
state NOT IN ('delivered', 'dead')

-- name: add_delivery
-- something owed; it heads its lane when nothing unfinished stands before it
INSERT INTO delivery (destination, type, resource_id, version, map_name, lane, person, receipt, not_before, first_due, heads)
VALUES (:destination, :type, :id, :version, :map_name, :lane, :person, :receipt, :due, :due,
    :lane IS NULL OR NOT EXISTS (SELECT 1 FROM delivery WHERE destination = :destination AND lane = :lane AND @unfinished))

-- name: claim
-- the heads of their lanes that may be tried now become in-flight
UPDATE delivery SET state = 'in-flight', attempts = attempts + 1
WHERE id IN (
    SELECT d.id FROM delivery AS d INDEXED BY delivery_ready
    WHERE d.destination = (SELECT id FROM destination WHERE name = :destination)
    AND d.heads = 1 AND d.state IN ('due', 'waiting') AND d.not_before <= :now
    ORDER BY d.not_before, d.id LIMIT :limit)
RETURNING id

-- name: deliveries_by_id
-- these deliveries (a JSON array of ids), oldest first
SELECT @delivery_columns FROM json_each(:ids) AS given CROSS JOIN delivery AS d ON d.id = given.value @delivery_names ORDER BY d.id

-- name: settle_delivery
-- to another state; a finished one heads its lane no more
UPDATE delivery SET
    state = :state,
    attempts = attempts + (:state = 'in-flight'),
    not_before = CASE WHEN :state IN ('waiting', 'due') THEN :not_before ELSE not_before END,
    reason = CASE WHEN :state = 'in-flight' THEN coalesce(:reason, reason) ELSE :reason END,
    heads = heads AND :state NOT IN ('delivered', 'dead')
WHERE id = :id

-- name: stand_of_delivery
-- where a delivery stands
SELECT state, destination, lane FROM delivery WHERE id = ?

-- name: head_of_lane
-- the delivery that heads a lane
SELECT id, state FROM delivery WHERE destination = ? AND lane = ? AND @unfinished AND heads = 1

-- name: next_head
-- the oldest unfinished delivery of a lane now heads it
UPDATE delivery SET heads = 1 WHERE id = (SELECT min(id) FROM delivery WHERE destination = ? AND lane = ? AND @unfinished)

-- name: set_heads
-- whether a delivery heads its lane
UPDATE delivery SET heads = ? WHERE id = ?

-- name: recover
-- in-flight when the hub stopped: it may have been accepted
UPDATE delivery SET state = 'waiting', not_before = :now, reason = 'the hub stopped while it was in flight'
WHERE @unfinished AND state = 'in-flight'

-- name: deliveries
-- newest first; NULL for a destination or state that is not asked for
SELECT @delivery_columns FROM delivery AS d @delivery_names
WHERE (:destination IS NULL OR d.destination = (SELECT id FROM destination WHERE name = :destination))
AND (:state IS NULL OR d.state = :state) AND @visible_delivery ORDER BY d.id DESC LIMIT :limit

-- name: deliveries_in_state
-- newest first, found by their state
SELECT @delivery_columns FROM destination AS o CROSS JOIN delivery AS d INDEXED BY delivery_by_state ON d.destination = o.id
CROSS JOIN type AS t ON t.id = d.type
WHERE (:destination IS NULL OR o.name = :destination) AND d.state = :state AND @visible_delivery ORDER BY d.id DESC LIMIT :limit

-- name: ledger_owed
-- what each destination was owed, as counted when it was owed
SELECT name, owed FROM destination ORDER BY name

-- name: ledger_deliveries
-- and where those deliveries stand
SELECT o.name, d.state, count(*) FROM destination AS o CROSS JOIN delivery AS d ON d.destination = o.id GROUP BY d.destination, d.state

-- name: add_audit
-- who did what to whose record
INSERT INTO audit (at, client, organisation, user, purpose, action, interaction, outcome, person, resource, basis, receipt)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: audit_columns
-- the fields of hub.store.rows.AuditRow, in their order
a.at, a.client, a.organisation, a.user, a.purpose, a.action, a.interaction, a.outcome, a.person, a.resource, a.basis, a.receipt

-- name: audit_rows
-- newest first
SELECT @audit_columns FROM audit AS a WHERE @visible_audit ORDER BY a.id DESC LIMIT :limit

-- name: audit_rows_of_person
-- those about one person, newest first
SELECT @audit_columns FROM audit AS a WHERE a.person = :person AND @visible_audit ORDER BY a.id DESC LIMIT :limit
