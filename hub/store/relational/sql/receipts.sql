-- name: receipt_columns
-- the fields of hub.store.rows.Receipt, in their order
r.id, s.name, r.control_id, r.message_type, r.digest, r.received, r.state, r.reason, r.answer, r.ack_code, r.ack_outcome,
m.name, r.person, r.lane, r.media_type

-- name: receipt_names
-- the names a receipt r is shown with
@join source AS s ON s.id = r.source LEFT JOIN map_set AS m ON m.id = r.map_set

-- name: get_receipt
-- one receipt, for the hub's own work
SELECT @receipt_columns FROM receipt AS r @receipt_names WHERE r.id = ?

-- name: body_of
-- the archived bytes of one receipt, for the hub's own work
SELECT packing, body FROM archive WHERE receipt = ?

-- name: state_of_receipt
-- where a message stands
SELECT state FROM receipt WHERE id = ?

-- name: unprocessed
-- how many messages for a person are pending or parked; a caller who may see no type at all is told nothing
SELECT count(*) FROM receipt AS r
WHERE r.person = :person AND r.state IN ('pending', 'parked')
AND (:people IS NULL OR r.person IN (@people)) AND (:types IS NULL OR :types <> '[]')

-- name: receipts
-- newest first; NULL for a source or state that is not asked for
SELECT @receipt_columns FROM receipt AS r @receipt_names
WHERE (:source IS NULL OR r.source = (SELECT id FROM source WHERE name = :source)) AND (:state IS NULL OR r.state = :state)
AND r.id < :before AND @visible_receipt ORDER BY r.id DESC LIMIT :limit

-- name: receipts_in_state
-- newest first, found by their state
SELECT @receipt_columns FROM source AS s @join receipt AS r @receipts_by_state ON r.source = s.id
LEFT JOIN map_set AS m ON m.id = r.map_set
WHERE (:source IS NULL OR s.name = :source) AND r.state = :state AND r.id < :before AND @visible_receipt ORDER BY r.id DESC LIMIT :limit

-- name: receipts_in_lane
-- newest first, those that are parked or pending in a lane
SELECT @receipt_columns FROM receipt AS r @receipt_names
WHERE r.lane = :lane AND r.state IN ('pending', 'parked') AND (:state IS NULL OR r.state = :state)
AND (:source IS NULL OR s.name = :source) AND r.id < :before AND @visible_receipt ORDER BY r.id DESC LIMIT :limit

-- name: receipt
-- one receipt, for a caller
SELECT @receipt_columns FROM receipt AS r @receipt_names WHERE r.id = :receipt AND @visible_receipt

-- name: archived
-- the archived bytes, for a caller
SELECT a.packing, a.body FROM receipt AS r @join archive AS a ON a.receipt = r.id WHERE r.id = :receipt AND @visible_receipt

-- name: ledger_received
-- what each source has sent, as counted on arrival
SELECT name, received FROM source ORDER BY name

-- name: ledger_receipts
-- and where those messages stand
SELECT s.name, r.state, count(*) FROM source AS s @join receipt AS r ON r.source = s.id GROUP BY s.id, r.state
