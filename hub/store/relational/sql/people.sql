-- name: find_people
-- the Patients that hold any of these keys (a JSON array of [system, value]), as far as the caller may know them
SELECT DISTINCT k.person FROM @given_pairs
@join system AS s ON s.name = @first
@join person_key AS k ON k.system = s.id AND k.value = @second
WHERE (:people IS NULL OR k.person IN (@people))
AND (:types IS NULL OR 'Patient' IN (@types))
AND (:denied IS NULL OR NOT EXISTS (
    SELECT 1 FROM type AS t @join resource AS r ON r.type = t.id AND r.id = k.person WHERE t.name = 'Patient' AND NOT @unlabelled))
