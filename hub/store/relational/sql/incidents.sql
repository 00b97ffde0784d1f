-- name: incident_columns
-- the fields of hub.store.rows.Incident, in their order
i.id, i.kind, i.subject, i.name, i.receipt, i.reasons, i.opened, i.closed, i.opening_told, i.closing_told

-- name: find_open_incident
-- whether one is open about this
SELECT i.id FROM incident AS i WHERE i.kind = :kind AND i.subject = :subject AND i.closed IS NULL

-- name: close_incidents
-- what was wrong is over
UPDATE incident SET closed = :at WHERE kind = :kind AND subject = :subject AND closed IS NULL

-- name: note_opening_told
-- its opening was told
UPDATE incident SET opening_told = 1 WHERE id = ?

-- name: note_closing_told
-- its end was told
UPDATE incident SET closing_told = 1 WHERE id = ?

-- name: is_untold
-- something of the incident i is still to be told
(i.opening_told = 0 OR (i.closing_told = 0 AND i.closed IS NOT NULL))

-- name: visible_incident
-- incidents are about no person and no type: a limited caller sees none
:people IS NULL AND :types IS NULL AND :denied IS NULL

-- name: incidents
-- newest first
SELECT @incident_columns FROM incident AS i WHERE i.id < :before AND @visible_incident ORDER BY i.id DESC LIMIT :limit

-- name: open_incidents
-- newest first, those that are not over
SELECT @incident_columns FROM incident AS i WHERE i.closed IS NULL AND i.id < :before AND @visible_incident ORDER BY i.id DESC LIMIT :limit

-- name: waiting_in_lane
-- how many messages are parked or pending there
SELECT count(*) FROM receipt AS r WHERE r.lane = :lane AND r.state IN ('pending', 'parked') AND @visible_receipt

-- name: free_lanes
-- lanes with an open incident in which nothing parked stands first
SELECT DISTINCT i.subject FROM incident AS i
WHERE i.closed IS NULL AND i.kind = 'lane' AND @visible_incident
AND coalesce((
    SELECT r.state FROM receipt AS r WHERE r.lane = i.subject AND r.state IN ('pending', 'parked') ORDER BY r.id LIMIT 1), 'pending')
= 'pending'
