-- What one caller may see, as conditions. :people, :types and :denied are JSON arrays, NULL for "without limit";
-- an empty array matches nothing. Every query that reads for a caller includes one of these with @name.

-- name: unlabelled
-- no denied label on the resource r
(:denied IS NULL OR r.labels IS NULL OR NOT EXISTS (
    SELECT 1 FROM @labels_of_resource WHERE own.value IN (@denied)))

-- name: visible
-- the resource r; one that lives in nobody's compartment is not limited by people
(:people IS NULL OR r.person IS NULL OR r.person IN (@people))
AND (:types IS NULL OR r.type IN (@known_types))
AND @unlabelled

-- name: visible_version
-- the version v, on top of its resource: what is hidden now hides its past, what was hidden then stays hidden
(:people IS NULL OR v.person IS NULL OR v.person IN (@people))
AND (:denied IS NULL OR v.labels IS NULL OR NOT EXISTS (
    SELECT 1 FROM @labels_of_version WHERE own.value IN (@denied)))

-- name: visible_receipt
-- the receipt r; a message is seen whole or not at all, so one of an unknown person, or a limit by type or label, hides it
(:people IS NULL OR r.person IN (@people)) AND :types IS NULL AND :denied IS NULL

-- name: visible_delivery
-- the delivery d, as the resource it carries
(:people IS NULL OR d.person IS NULL OR d.person IN (@people))
AND (:types IS NULL OR d.type IN (@known_types))
AND (:denied IS NULL OR NOT EXISTS (
    SELECT 1 FROM resource AS r WHERE r.type = d.type AND r.id = d.resource_id AND NOT @unlabelled))

-- name: visible_audit
-- the audit row a; one about nobody is for those without limit by people
(:people IS NULL OR a.person IN (@people))
AND (:types IS NULL OR 'AuditEvent' IN (@types))
