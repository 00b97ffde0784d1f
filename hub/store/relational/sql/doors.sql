-- name: add_application_answer
-- the second answer to a message; one that is there stays
INSERT INTO application_answer (receipt, code, answer, outcome) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: note_application_answer
-- whether it reached the sender
UPDATE application_answer SET outcome = ? WHERE receipt = ?

-- name: get_application_answer
-- the second answer to a message, for the hub's own work
SELECT code, answer, outcome FROM application_answer WHERE receipt = ?

-- name: application_answer
-- the same, for a caller
SELECT a.code, a.answer, a.outcome FROM receipt AS r @join application_answer AS a ON a.receipt = r.id
WHERE r.id = :receipt AND @visible_receipt

-- name: expected_number
-- the sequence number that a source is to send next
SELECT e.number FROM source AS s @join expected_number AS e ON e.source = s.id WHERE s.name = ?

-- name: expect_number
-- another one
INSERT INTO expected_number (source, number) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET number = excluded.number

-- name: expect_any_number
-- none: whichever comes is the first
DELETE FROM expected_number WHERE source = ?

-- name: find_spooled
-- the receipt that an entry of a spool became
SELECT @receipt_columns FROM spooled AS e @join receipt AS r ON r.id = e.receipt @receipt_names WHERE e.entry = ?

-- name: add_spooled
-- which receipt an entry became
INSERT INTO spooled (entry, receipt) VALUES (?, ?)
