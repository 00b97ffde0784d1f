-- name: version_columns
-- the fields of hub.store.rows.Version, in their order; the body as it is kept
t.name, r.id, v.version, v.updated, v.packing, v.body, v.person, v.labels, v.deleted, v.receipt, v.rule, m.name, v.interaction

-- name: version_of
-- the versions v of one resource r
type AS t @join resource AS r ON @typed_by @join version AS v ON v.resource = r.key
LEFT JOIN map_set AS m ON m.id = v.map_set

-- name: read
-- the current version, also when it is a deletion
SELECT @version_columns FROM @version_of WHERE t.name = :type AND r.id = :id AND v.version = r.version AND @visible

-- name: vread
-- one version
SELECT @version_columns FROM @version_of
WHERE t.name = :type AND r.id = :id AND v.version = :version AND @visible AND @visible_version

-- name: history
-- the versions of one resource, newest first
SELECT @version_columns FROM @version_of
WHERE t.name = :type AND r.id = :id AND v.version < :before AND @visible AND @visible_version
ORDER BY v.version DESC LIMIT :limit

-- name: bodies
-- the current versions of these keys (a JSON array), in its order
SELECT @version_columns FROM @given_keys
@join resource AS r ON r.key = given.value @join type AS t ON t.id = r.type
@join version AS v ON v.resource = r.key AND v.version = r.version LEFT JOIN map_set AS m ON m.id = v.map_set
WHERE @visible ORDER BY given.key

-- name: read_several
-- the current versions of these (a JSON array of [type, id]), also deletions; no row for what is not there
SELECT @version_columns FROM @given_addresses
@join type AS t ON t.name = @first
@join resource AS r ON @typed_by AND r.id = @second
@join version AS v ON v.resource = r.key AND v.version = r.version LEFT JOIN map_set AS m ON m.id = v.map_set
WHERE @visible
