-- name: last_resource
-- the key that was given last
SELECT coalesce(max(key), 0) FROM resource

-- name: find_resource
-- where a resource stands, for the writer
SELECT key, version, person, labels, indexed FROM resource WHERE type = ? AND id = ?

-- name: add_resource
-- a new one
INSERT INTO resource (key, type, id, version, updated, person, labels, deleted, indexed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: renew_resource
-- it has a newer version
UPDATE resource SET version = ?, updated = ?, person = ?, labels = ?, deleted = ?, indexed = ? WHERE key = ?

-- name: add_version
-- the version itself
INSERT INTO version (resource, version, updated, person, labels, deleted, interaction, receipt, rule, map_set, packing, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_superseded
-- a version that is the current one no more
INSERT INTO superseded (at, resource, version) VALUES (?, ?, ?)

-- name: add_token
-- one index row; a second equal one says nothing more
INSERT OR IGNORE INTO token_index (resource, param, code, system) VALUES (?, ?, ?, ?)

-- name: add_string
-- one index row
INSERT OR IGNORE INTO string_index (resource, param, folded, text) VALUES (?, ?, ?, ?)

-- name: add_date
-- one index row
INSERT OR IGNORE INTO date_index (resource, param, low, high) VALUES (?, ?, ?, ?)

-- name: add_reference
-- one index row
INSERT OR IGNORE INTO reference_index (resource, param, target, type) VALUES (?, ?, ?, ?)

-- name: add_number
-- one index row
INSERT OR IGNORE INTO number_index (resource, param, low, high) VALUES (?, ?, ?, ?)

-- name: add_quantity
-- one index row
INSERT OR IGNORE INTO quantity_index (resource, param, low, high, code, system, unit) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: add_uri
-- one index row
INSERT OR IGNORE INTO uri_index (resource, param, uri) VALUES (?, ?, ?)

-- name: drop_token
-- the index rows of the version before
DELETE FROM token_index WHERE resource = ?

-- name: drop_string
-- the index rows of the version before
DELETE FROM string_index WHERE resource = ?

-- name: drop_date
-- the index rows of the version before
DELETE FROM date_index WHERE resource = ?

-- name: drop_reference
-- the index rows of the version before
DELETE FROM reference_index WHERE resource = ?

-- name: drop_number
-- the index rows of the version before
DELETE FROM number_index WHERE resource = ?

-- name: drop_quantity
-- the index rows of the version before
DELETE FROM quantity_index WHERE resource = ?

-- name: drop_uri
-- the index rows of the version before
DELETE FROM uri_index WHERE resource = ?
