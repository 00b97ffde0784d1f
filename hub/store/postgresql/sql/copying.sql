-- name: copy_receipt
-- messages, with all that is known of them by now
COPY receipt (
    id, source, control_id, message_type, digest, received, peer, media_type,
    state, reason, answer, ack_code, ack_outcome, map_set, person, lane, hub) FROM STDIN (FORMAT BINARY)

-- name: copy_archive
-- their bytes
COPY archive (receipt, source, received, packing, body) FROM STDIN (FORMAT BINARY)

-- name: copy_resource
-- new resources
COPY resource (key, type, id, version, updated, person, labels, deleted, indexed, terms) FROM STDIN (FORMAT BINARY)

-- name: copy_version
-- the versions themselves
COPY version (resource, version, updated, person, labels, deleted, interaction, receipt, rule, map_set, packing, body) FROM STDIN (FORMAT BINARY)

-- name: copy_superseded
-- those that are the current ones no more
COPY superseded (at, resource, version) FROM STDIN (FORMAT BINARY)

-- name: copy_posting
-- resources that have terms
COPY posting (term, resource) FROM STDIN (FORMAT BINARY)

-- name: copy_string
-- index rows
COPY string_index (resource, param, folded, text) FROM STDIN (FORMAT BINARY)

-- name: copy_date
-- index rows
COPY date_index (resource, param, low, high) FROM STDIN (FORMAT BINARY)

-- name: copy_number
-- index rows
COPY number_index (resource, param, low, high) FROM STDIN (FORMAT BINARY)

-- name: copy_quantity
-- index rows
COPY quantity_index (resource, param, low, high, unit) FROM STDIN (FORMAT BINARY)

-- name: copy_key
-- which Patient holds an identifier
COPY person_key (system, value, person) FROM STDIN (FORMAT BINARY)

-- name: copy_audit
-- who did what to whose record
COPY audit (at, client, organisation, "user", purpose, action, interaction, outcome, person, resource, basis, receipt)
FROM STDIN (FORMAT BINARY)
