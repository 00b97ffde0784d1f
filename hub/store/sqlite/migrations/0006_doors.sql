-- What the doors remember of a source.

-- In enhanced mode a message has two answers: the accept acknowledgement stands in its receipt, the application acknowledgement here.
CREATE TABLE application_answer (
    receipt INTEGER PRIMARY KEY,
    code TEXT NOT NULL CHECK (code = 'AA' OR code = 'AE' OR code = 'AR'),
    answer BLOB NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome = 'pending' OR outcome = 'delivered' OR outcome = 'undelivered')
);

-- The sequence number (MSH-13) that a source is to send next. No row: whichever comes is the first.
CREATE TABLE expected_number (source INTEGER PRIMARY KEY REFERENCES source (id), number INTEGER NOT NULL);

-- Which message an entry of a source's spool became, so that the same entry again is known.
CREATE TABLE spooled (entry BLOB PRIMARY KEY, receipt INTEGER NOT NULL) WITHOUT ROWID;
