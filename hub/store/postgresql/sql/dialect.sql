-- What the shared queries (relational/sql) say in words of PostgreSQL. Arrays are given as JSON.

-- name: join
-- the planner keeps the order, by join_collapse_limit = 1
JOIN

-- name: typed_by
-- the resource r is of the type t; so that the planner, who thinks nothing of a table that was empty a minute ago, takes the index by id
r.type + 0 = t.id

-- name: referred_to
-- the reference t leads to the resource r
r.id = t.text AND r.type + 0 = -t.space

-- name: receipts_by_state
-- the planner finds the index by itself


-- name: deliveries_by_state
-- the planner finds the index by itself


-- name: people
-- the people that the caller may see
SELECT jsonb_array_elements_text(CAST(:people AS jsonb))

-- name: types
-- the types that the caller may see
SELECT jsonb_array_elements_text(CAST(:types AS jsonb))

-- name: known_types
-- the same, by their numbers
SELECT known.id FROM type AS known WHERE known.name IN (SELECT jsonb_array_elements_text(CAST(:types AS jsonb)))

-- name: denied
-- the labels that the caller may not see
SELECT jsonb_array_elements_text(CAST(:denied AS jsonb))

-- name: labels_of_resource
-- the labels of the resource r
jsonb_array_elements_text(CAST(r.labels AS jsonb)) AS own (value)

-- name: labels_of_version
-- the labels of the version v
jsonb_array_elements_text(CAST(v.labels AS jsonb)) AS own (value)

-- name: own_terms
-- the numbers of the terms of the resource r
unnest(r.terms) AS own (value)

-- name: terms_of_match
-- the numbers of the terms of the resource match
unnest(match.terms) AS own (value)

-- name: of_terms
-- the postings of some terms
i.term = ANY (ARRAY(SELECT t.id FROM term AS t WHERE {terms}))

-- name: given_keys
-- the elements of :keys, as rows of key (its place) and value
(SELECT CAST(e.value AS bigint) AS value, e.key FROM jsonb_array_elements_text(CAST(:keys AS jsonb)) WITH ORDINALITY AS e (value, key)) AS given

-- name: given_ids
-- the elements of :ids
(SELECT CAST(e.value AS bigint) AS value FROM jsonb_array_elements_text(CAST(:ids AS jsonb)) AS e (value)) AS given

-- name: given_addresses
-- the elements of :addresses, which are pairs
jsonb_array_elements(CAST(:addresses AS jsonb)) AS given (value)

-- name: given_pairs
-- the elements of :pairs
jsonb_array_elements(CAST(:pairs AS jsonb)) AS given (value)

-- name: first
-- of a given pair
(given.value ->> 0)

-- name: second
-- of a given pair
(given.value ->> 1)

-- name: numbers
-- the elements of an array of keys
(SELECT CAST(e.value AS bigint) AS value FROM jsonb_array_elements_text(CAST({array} AS jsonb)) AS e (value)) AS page

-- name: string_contains
-- :contains
i.param = {param} AND strpos(i.folded, {folded}) > 0

-- name: by_any_param
-- references of any parameter of a type ("Observation.")
t.param IN (SELECT id FROM param WHERE starts_with(name, {prefix}))

-- name: same_value
-- keyset: equal so far
{column} IS NOT DISTINCT FROM {value}
