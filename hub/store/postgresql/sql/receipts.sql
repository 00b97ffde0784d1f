-- name: stand_of_receipt
-- where a message stands, and what may be asked about it by other names
SELECT r.state, r.lane, s.name, r.control_id FROM receipt AS r JOIN source AS s ON s.id = r.source WHERE r.id = ?

-- name: move_receipt
-- to another state
UPDATE receipt SET state = ?, reason = ? WHERE id = ?

-- name: conclude_receipt
-- what is known by now; NULL leaves a column as it stands. The last line: along ANSWER_MOVES
UPDATE receipt SET
    answer = coalesce(CAST(? AS bytea), answer), ack_code = coalesce(?, ack_code), ack_outcome = coalesce(?, ack_outcome),
    map_set = coalesce(CAST(? AS bigint), map_set), person = coalesce(?, person), lane = coalesce(?, lane)
WHERE id = ? AND (CAST(? AS text) IS NULL OR ack_outcome = 'pending' OR (ack_outcome <> 'not-owed' AND ? <> 'not-owed'))

-- name: note_outcomes
-- what the senders of these messages were told
UPDATE receipt AS r SET ack_outcome = given.outcome
FROM unnest(CAST(:ids AS bigint[]), CAST(:outcomes AS text[])) AS given (id, outcome)
WHERE r.id = given.id AND (r.ack_outcome = 'pending' OR (r.ack_outcome <> 'not-owed' AND given.outcome <> 'not-owed'))

-- name: find_receipt
-- the newest receipt of a source with this control id that is not itself a duplicate; by the index that begins with the control id
SELECT @receipt_columns FROM receipt AS r @receipt_names
WHERE r.source + 0 = (SELECT id FROM source WHERE name = ?) AND r.control_id = ? AND r.state <> 'duplicate'
ORDER BY r.id DESC LIMIT 1

-- name: left_pending
-- pending in the hands of a hub that is gone; those of a lane wait for another reason
SELECT r.id FROM receipt AS r
WHERE r.state = 'pending' AND r.lane IS NULL
AND NOT EXISTS (SELECT 1 FROM hub AS h WHERE h.id = r.hub AND @alive)

-- name: adopt
-- into the hands of another hub
UPDATE receipt SET hub = :hub WHERE id IN (@left_pending)

-- name: in_hand
-- pending in the hands of this hub, oldest first
SELECT id FROM receipt WHERE hub = :hub AND state = 'pending' AND lane IS NULL AND id > :after ORDER BY id LIMIT :limit
