-- name: add_incident
-- it begins
INSERT INTO incident (kind, subject, name, receipt, reasons, opened, hub)
VALUES (:kind, :subject, :name, CAST(:receipt AS bigint), :reasons, :opened, :hub) RETURNING id

-- name: tell_incidents_of
-- what this hub has ended, this hub tells
UPDATE incident SET hub = :hub WHERE kind = :kind AND subject = :subject AND closed IS NULL

-- name: others_untold
-- those to tell of that no hub has in hand
SELECT i.id FROM incident AS i
WHERE @is_untold AND (i.hub IS NULL OR (i.hub <> :hub AND NOT EXISTS (SELECT 1 FROM hub AS h WHERE h.id = i.hub AND @alive)))

-- name: adopt_incidents
-- into the hands of this hub
UPDATE incident SET hub = :hub WHERE id IN (@others_untold)

-- name: untold_incidents
-- those that this hub is to tell of, oldest first
SELECT @incident_columns FROM incident AS i WHERE @is_untold AND i.hub = :hub ORDER BY i.id LIMIT :limit
