-- Bodies are packed with a dictionary that the store keeps.

-- What bodies are packed with (zstd): every dictionary that a row of this store may name.
CREATE TABLE packing (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, dictionary BLOB NOT NULL);

ALTER TABLE version ADD COLUMN packing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE archive ADD COLUMN packing INTEGER NOT NULL DEFAULT 0;
UPDATE archive SET packing = -1 WHERE encoding = 'zlib';
ALTER TABLE archive DROP COLUMN encoding;
