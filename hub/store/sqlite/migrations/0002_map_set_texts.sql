-- The store keeps the texts of the map sets it has used.

-- The texts that a map set's hash is of, written once, when the hub starts to use it.
CREATE TABLE map_set_text (
    map_set INTEGER PRIMARY KEY REFERENCES map_set (id),
    body BLOB NOT NULL           -- JSON {"maps": {name: text}, "tables": {name: text}}, packed by zlib
);
