-- The store keeps the texts of the map sets it has used.

-- The texts that a map set's hash is of, written once, when a hub starts to use it.
CREATE TABLE map_set_text (
    map_set bigint PRIMARY KEY,
    body bytea NOT NULL          -- JSON {"maps": {name: text}, "tables": {name: text}}, packed by zlib
);

UPDATE calder SET version = 2;
