-- What the doors remember of a source.

-- In enhanced mode a message has two answers: the accept acknowledgement stands in its receipt, the application acknowledgement here.
CREATE TABLE application_answer (
    receipt bigint PRIMARY KEY,
    code text COLLATE "C" NOT NULL CHECK (code IN ('AA', 'AE', 'AR')),
    answer bytea NOT NULL,
    outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('pending', 'delivered', 'undelivered'))
);

-- The sequence number (MSH-13) that a source is to send next. No row: whichever comes is the first.
CREATE TABLE expected_number (source bigint PRIMARY KEY, number bigint NOT NULL);

-- Which message an entry of a source's spool became, so that the same entry again is known.
CREATE TABLE spooled (entry bytea PRIMARY KEY, receipt bigint NOT NULL);

UPDATE calder SET version = 6;
