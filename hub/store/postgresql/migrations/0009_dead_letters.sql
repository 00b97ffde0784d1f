-- A dead letter may hold its lane, and a person may discard it.

ALTER TABLE delivery ADD COLUMN holds boolean NOT NULL DEFAULT false;
ALTER TABLE delivery ADD COLUMN discarded boolean NOT NULL DEFAULT false;
ALTER TABLE delivery ADD CHECK (state = 'dead' OR NOT (holds OR discarded));
CREATE INDEX delivery_holding ON delivery (destination, lane) WHERE holds;

UPDATE calder SET version = 9;
