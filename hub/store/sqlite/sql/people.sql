-- name: holder_of_key
-- the Patient that holds a key
SELECT person FROM person_key WHERE system = ? AND value = ?

-- name: bind_key
-- give a Patient a key that nobody holds
INSERT INTO person_key (system, value, person) VALUES (?, ?, ?)

-- name: add_name
-- a new name in a dictionary
INSERT INTO {dictionary} (name) VALUES (?)

-- name: add_term
-- a new value of a parameter
INSERT INTO term (param, text, space) VALUES (?, ?, ?)

-- name: find_term
-- the number of a value of a parameter
SELECT id FROM term WHERE param = ? AND text = ? AND space = ?

-- name: add_unit
-- a new unit of measure
INSERT INTO unit (code, system, unit) VALUES (?, ?, ?)

-- name: find_unit
-- the number of a unit of measure
SELECT id FROM unit WHERE code = ? AND system = ? AND unit = ?

-- name: find_name
-- the number of a name in a dictionary
SELECT id FROM {dictionary} WHERE name = ?
