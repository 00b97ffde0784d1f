-- Archived bytes and superseded versions are kept for a time.

-- `pruned`: how many messages have lost their bytes, how many versions of the type are gone, since their time was over.
ALTER TABLE source ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE type ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;

ALTER TABLE archive ADD COLUMN received INTEGER;
UPDATE archive SET received = (SELECT r.received FROM receipt AS r WHERE r.id = archive.receipt);
CREATE INDEX archive_by_received ON archive (received);

-- When a version was superseded: its time in the history begins.
CREATE TABLE superseded (
    at INTEGER NOT NULL, resource INTEGER NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (at, resource, version)
) WITHOUT ROWID;
INSERT INTO superseded (at, resource, version)
SELECT later.updated, later.resource, later.version - 1 FROM version AS later WHERE later.version > 1;

CREATE INDEX delivery_open_message ON delivery (receipt) WHERE state <> 'delivered';
CREATE INDEX delivery_open_version ON delivery (resource_id, version) WHERE state <> 'delivered';

CREATE TABLE turn (work TEXT PRIMARY KEY, taken INTEGER NOT NULL) WITHOUT ROWID;
