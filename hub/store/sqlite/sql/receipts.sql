-- name: last_receipt
-- the number that was given last
SELECT coalesce(max(id), 0) FROM receipt

-- name: add_receipt
-- a message, with all that is known of it by now
INSERT INTO receipt (
    id, source, control_id, message_type, digest, received, peer, media_type,
    state, reason, answer, ack_code, ack_outcome, map_set, person, lane)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: add_archive
-- its bytes
INSERT INTO archive (receipt, source, received, packing, body) VALUES (?, ?, ?, ?, ?)

-- name: move_receipt
-- to another state
UPDATE receipt SET state = ?, reason = ? WHERE id = ?

-- name: conclude_receipt
-- what is known by now; NULL leaves a column as it stands. The last line: along ANSWER_MOVES
UPDATE receipt SET
    answer = coalesce(?, answer), ack_code = coalesce(?, ack_code), ack_outcome = coalesce(?, ack_outcome),
    map_set = coalesce(?, map_set), person = coalesce(?, person), lane = coalesce(?, lane)
WHERE id = ? AND (? IS NULL OR ack_outcome = 'pending' OR (ack_outcome <> 'not-owed' AND ? <> 'not-owed'))

-- name: find_receipt
-- the newest receipt of a source with this control id that is not itself a duplicate
SELECT @receipt_columns FROM receipt AS r @receipt_names
WHERE r.source = (SELECT id FROM source WHERE name = ?) AND r.control_id = ? AND r.state <> 'duplicate'
ORDER BY r.id DESC LIMIT 1

-- name: in_hand
-- pending, oldest first; those of a lane wait for another reason
SELECT id FROM receipt WHERE lane IS NULL AND state IN ('pending', 'parked') AND state = 'pending' AND id > :after ORDER BY id LIMIT :limit
