-- name: find_people
-- the Patients that hold any of these keys (a JSON array of [system, value]), as far as the caller may know them
SELECT DISTINCT k.person FROM json_each(:keys) AS given
CROSS JOIN system AS s ON s.name = json_extract(given.value, '$[0]')
CROSS JOIN person_key AS k ON k.system = s.id AND k.value = json_extract(given.value, '$[1]')
WHERE (:people IS NULL OR k.person IN (SELECT value FROM json_each(:people)))
AND (:types IS NULL OR 'Patient' IN (SELECT value FROM json_each(:types)))
AND (:denied IS NULL OR NOT EXISTS (
    SELECT 1 FROM type AS t CROSS JOIN resource AS r ON r.type = t.id AND r.id = k.person WHERE t.name = 'Patient' AND NOT @unlabelled))

-- name: holder_of_key
-- the Patient that holds a key
SELECT person FROM person_key WHERE system = ? AND value = ?

-- name: bind_key
-- give a Patient a key that nobody holds
INSERT INTO person_key (system, value, person) VALUES (?, ?, ?)

-- name: find_name
-- the number of a name in a dictionary
SELECT id FROM {dictionary} WHERE name = ?

-- name: add_name
-- a new name in a dictionary
INSERT INTO {dictionary} (name) VALUES (?)
