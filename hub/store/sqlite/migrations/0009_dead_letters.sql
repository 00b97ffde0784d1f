-- A dead letter may hold its lane, and a person may discard it.

ALTER TABLE delivery ADD COLUMN holds INTEGER NOT NULL DEFAULT 0 CHECK (holds = 0 OR (holds = 1 AND state = 'dead'));
ALTER TABLE delivery ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0 CHECK (discarded = 0 OR (discarded = 1 AND state = 'dead'));
CREATE INDEX delivery_holding ON delivery (destination, lane) WHERE holds = 1;
