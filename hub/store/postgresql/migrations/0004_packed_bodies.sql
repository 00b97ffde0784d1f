-- Bodies are packed with a dictionary that the store keeps.

-- What bodies are packed with (zstd): every dictionary that a row of this store may name.
CREATE TABLE packing (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, digest bytea NOT NULL UNIQUE, dictionary bytea NOT NULL);

ALTER TABLE version ADD COLUMN packing smallint NOT NULL DEFAULT 0;
ALTER TABLE archive ADD COLUMN packing smallint NOT NULL DEFAULT 0;
UPDATE archive SET packing = -1 WHERE encoding = 'zlib';
ALTER TABLE archive DROP COLUMN encoding;
-- They are packed already: the server need not try again.
ALTER TABLE version ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE archive ALTER COLUMN body SET STORAGE EXTERNAL;

UPDATE calder SET version = 4;
