-- name: has_map_set_text
-- whether the texts of a map set are kept
SELECT EXISTS (SELECT 1 FROM map_set_text WHERE map_set = ?)

-- name: add_map_set_text
-- the texts of a map set, packed; those that are kept stay as they are
INSERT INTO map_set_text (map_set, body) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: map_set_text
-- the texts of the map set with this hash
SELECT t.body FROM map_set AS m @join map_set_text AS t ON t.map_set = m.id WHERE m.name = ?

-- name: kept_map_sets
-- the hashes of the sets whose texts are kept, the first used first
SELECT m.name FROM map_set_text AS t @join map_set AS m ON m.id = t.map_set ORDER BY t.map_set
