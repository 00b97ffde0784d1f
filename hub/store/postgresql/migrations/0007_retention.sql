-- Archived bytes and superseded versions are kept for a time.

-- `pruned`: how many messages have lost their bytes, how many versions of the type are gone, since their time was over.
ALTER TABLE source ADD COLUMN pruned bigint NOT NULL DEFAULT 0;
ALTER TABLE type ADD COLUMN pruned bigint NOT NULL DEFAULT 0;

ALTER TABLE archive ADD COLUMN received bigint;
UPDATE archive AS a SET received = r.received FROM receipt AS r WHERE r.id = a.receipt;
CREATE INDEX archive_by_received ON archive (received, receipt);

-- When a version was superseded: its time in the history begins.
CREATE TABLE superseded (at bigint NOT NULL, resource bigint NOT NULL, version bigint NOT NULL, PRIMARY KEY (at, resource, version));
INSERT INTO superseded (at, resource, version)
SELECT later.updated, later.resource, later.version - 1 FROM version AS later WHERE later.version > 1;

CREATE INDEX delivery_open_message ON delivery (receipt) WHERE state <> 'delivered';
CREATE INDEX delivery_open_version ON delivery (resource_id, version) WHERE state <> 'delivered';

CREATE TABLE turn (work text PRIMARY KEY, taken bigint NOT NULL);

-- What is pruned makes room soon.
ALTER TABLE archive SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE version SET (autovacuum_vacuum_scale_factor = 0.02);

UPDATE calder SET version = 7;
