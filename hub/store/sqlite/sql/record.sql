-- name: last_resource
-- the key that was given last
SELECT coalesce(max(key), 0) FROM resource

-- name: find_resource
-- where a resource stands, for the writer
SELECT key, version, person, labels, indexed, terms FROM resource WHERE type = ? AND id = ?

-- name: add_resource
-- a new one
INSERT INTO resource (key, type, id, version, updated, person, labels, deleted, indexed, terms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: renew_resource
-- it has a newer version
UPDATE resource SET version = ?, updated = ?, person = ?, labels = ?, deleted = ?, indexed = ?, terms = ? WHERE key = ?

-- name: add_version
-- the version itself
INSERT INTO version (resource, version, updated, person, labels, deleted, interaction, receipt, rule, map_set, packing, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_superseded
-- a version that is the current one no more
INSERT INTO superseded (at, resource, version) VALUES (?, ?, ?)

-- name: add_posting
-- a resource has a term
INSERT INTO posting (term, resource) VALUES (?, ?)

-- name: drop_posting
-- it has it no more
DELETE FROM posting WHERE term = ? AND resource = ?

-- name: add_string
-- one index row; a second equal one says nothing more
INSERT OR IGNORE INTO string_index (resource, param, folded, text) VALUES (?, ?, ?, ?)

-- name: add_date
-- one index row
INSERT OR IGNORE INTO date_index (resource, param, low, high) VALUES (?, ?, ?, ?)

-- name: add_number
-- one index row
INSERT OR IGNORE INTO number_index (resource, param, low, high) VALUES (?, ?, ?, ?)

-- name: add_quantity
-- one index row
INSERT OR IGNORE INTO quantity_index (resource, param, low, high, unit) VALUES (?, ?, ?, ?, ?)

-- name: drop_string
-- the index rows of the version before
DELETE FROM string_index WHERE resource = ?

-- name: drop_date
-- the index rows of the version before
DELETE FROM date_index WHERE resource = ?

-- name: drop_number
-- the index rows of the version before
DELETE FROM number_index WHERE resource = ?

-- name: drop_quantity
-- the index rows of the version before
DELETE FROM quantity_index WHERE resource = ?
