-- name: find_dictionary
-- the number under which the store keeps the dictionary of this hash
SELECT id FROM packing WHERE digest = ?

-- name: add_dictionary
-- one more that bodies are packed with; those that are kept stay as they are
INSERT INTO packing (digest, dictionary) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: dictionary
-- what the bodies of this number were packed with
SELECT dictionary FROM packing WHERE id = ?
