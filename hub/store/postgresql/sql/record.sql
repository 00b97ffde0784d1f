-- name: stands
-- the current versions of these (a JSON array of [type, id]), also deletions, with what the writer must know of them
SELECT @version_columns, r.key, r.indexed, r.terms FROM @given_addresses
JOIN type AS t ON t.name = @first
JOIN resource AS r ON @typed_by AND r.id = @second
JOIN version AS v ON v.resource = r.key AND v.version = r.version LEFT JOIN map_set AS m ON m.id = v.map_set

-- name: renew_resource
-- it has a newer version, if it still has the one it was read in
UPDATE resource SET version = ?, updated = ?, person = ?, labels = ?, deleted = ?, indexed = ?, terms = CAST(? AS bigint[]) WHERE key = ? AND version = ?

-- name: drop_postings
-- these resources have these terms no more
DELETE FROM posting AS i USING unnest(CAST(:terms AS bigint[]), CAST(:resources AS bigint[])) AS gone (term, resource)
WHERE i.term = gone.term AND i.resource = gone.resource

-- name: drop_rows
-- the index rows of the versions before
DELETE FROM {kind}_index WHERE resource = ANY(:keys)

-- name: holders_of_keys
-- which Patient holds each of these keys (a JSON array of [system, value])
SELECT s.name, k.value, k.person FROM @given_pairs
JOIN system AS s ON s.name = @first
JOIN person_key AS k ON k.system = s.id AND k.value = @second
