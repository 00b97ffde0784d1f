-- name: holder_of_key
-- the Patient that holds a key
SELECT person FROM person_key WHERE system = ? AND value = ?

-- name: bind_key
-- give a Patient a key that nobody holds
INSERT INTO person_key (system, value, person) VALUES (?, ?, ?)

-- name: add_name
-- a new name in a dictionary
INSERT INTO {dictionary} (name) VALUES (?)

-- name: find_name
-- the number of a name in a dictionary
SELECT id FROM {dictionary} WHERE name = ?
