-- name: add_incident
-- it begins
INSERT INTO incident (kind, subject, name, receipt, reasons, opened) VALUES (:kind, :subject, :name, :receipt, :reasons, :opened) RETURNING id

-- name: untold_incidents
-- those to tell of, oldest first
SELECT @incident_columns FROM incident AS i INDEXED BY incident_untold WHERE @is_untold ORDER BY i.id LIMIT :limit
