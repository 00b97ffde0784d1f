-- name: delivery_columns
-- the fields of hub.store.rows.Delivery, in their order
d.id, o.name, t.name, d.resource_id, d.version, d.map_name, d.lane, d.state, d.attempts, d.not_before, d.first_due, d.reason, d.receipt,
d.holds, d.discarded

-- name: delivery_names
-- the names a delivery d is shown with
@join destination AS o ON o.id = d.destination @join type AS t ON t.id = d.type

-- name: unfinished
-- the states that hold a lane
state NOT IN ('delivered', 'dead')

-- name: deliveries_by_id
-- these deliveries (a JSON array of ids), oldest first
SELECT @delivery_columns FROM @given_ids @join delivery AS d ON d.id = given.value @delivery_names ORDER BY d.id

-- name: stand_of_delivery
-- where a delivery stands
SELECT state, destination, lane FROM delivery WHERE id = ?

-- name: deliveries
-- newest first; NULL for a destination or state that is not asked for
SELECT @delivery_columns FROM delivery AS d @delivery_names
WHERE (:destination IS NULL OR d.destination = (SELECT id FROM destination WHERE name = :destination))
AND (:state IS NULL OR d.state = :state) AND (:before IS NULL OR d.id < CAST(:before AS bigint)) AND @visible_delivery
ORDER BY d.id DESC LIMIT :limit

-- name: deliveries_in_state
-- newest first, found by their state
SELECT @delivery_columns FROM destination AS o @join delivery AS d @deliveries_by_state ON d.destination = o.id
@join type AS t ON t.id = d.type
WHERE (:destination IS NULL OR o.name = :destination) AND d.state = :state AND (:before IS NULL OR d.id < CAST(:before AS bigint))
AND (:discarded IS NULL OR d.discarded = CAST(:discarded AS boolean)) AND @visible_delivery ORDER BY d.id DESC LIMIT :limit

-- name: delivery
-- one, where it stands
SELECT @delivery_columns FROM delivery AS d @delivery_names WHERE d.id = :id AND @visible_delivery

-- name: ledger_owed
-- what each destination was owed, as counted when it was owed
SELECT name, owed FROM destination ORDER BY name

-- name: ledger_deliveries
-- and where those deliveries stand
SELECT o.name, d.state, count(*) FROM destination AS o @join delivery AS d ON d.destination = o.id GROUP BY o.id, d.state

-- name: audit_columns
-- the fields of hub.store.rows.AuditRow, in their order
a.at, a.client, a.organisation, a.user, a.purpose, a.action, a.interaction, a.outcome, a.person, a.resource, a.basis, a.receipt

-- name: audit_rows
-- newest first
SELECT @audit_columns FROM audit AS a WHERE @visible_audit ORDER BY a.id DESC LIMIT :limit

-- name: audit_rows_of_person
-- those about one person, newest first
SELECT @audit_columns FROM audit AS a WHERE a.person = :person AND @visible_audit ORDER BY a.id DESC LIMIT :limit
