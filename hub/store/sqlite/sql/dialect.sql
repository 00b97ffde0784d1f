-- What the shared queries (relational/sql) say in words of SQLite. Arrays are given as JSON.

-- name: join
-- a join that keeps the order in which it is written
CROSS JOIN

-- name: typed_by
-- the resource r is of the type t
r.type = t.id

-- name: referred_to
-- the reference t leads to the resource r
r.type = -t.space AND r.id = t.text

-- name: receipts_by_state
-- the index by which receipts in a state are found
INDEXED BY receipt_by_state

-- name: deliveries_by_state
-- the index by which deliveries in a state are found
INDEXED BY delivery_by_state

-- name: people
-- the people that the caller may see
SELECT value FROM json_each(:people)

-- name: types
-- the types that the caller may see
SELECT value FROM json_each(:types)

-- name: known_types
-- the same, by their numbers
SELECT known.id FROM json_each(:types) AS given CROSS JOIN type AS known ON known.name = given.value

-- name: denied
-- the labels that the caller may not see
SELECT value FROM json_each(:denied)

-- name: labels_of_resource
-- the labels of the resource r
json_each(r.labels) AS own

-- name: labels_of_version
-- the labels of the version v
json_each(v.labels) AS own

-- name: own_terms
-- the numbers of the terms of the resource r
json_each(r.terms) AS own

-- name: terms_of_match
-- the numbers of the terms of the resource match
json_each(match.terms) AS own

-- name: of_terms
-- the postings of some terms
i.term IN (SELECT t.id FROM term AS t WHERE {terms})

-- name: given_keys
-- the elements of :keys, as rows of key (its place) and value
json_each(:keys) AS given

-- name: given_ids
-- the elements of :ids
json_each(:ids) AS given

-- name: given_addresses
-- the elements of :addresses, which are pairs
json_each(:addresses) AS given

-- name: given_pairs
-- the elements of :pairs
json_each(:pairs) AS given

-- name: first
-- of a given pair
json_extract(given.value, '$[0]')

-- name: second
-- of a given pair
json_extract(given.value, '$[1]')

-- name: numbers
-- the elements of an array of keys
json_each({array}) AS page

-- name: string_contains
-- :contains
i.param = {param} AND instr(i.folded, {folded}) > 0

-- name: by_any_param
-- references of any parameter of a type ("Observation.")
t.param IN (SELECT id FROM param WHERE name GLOB {prefix} || '*')

-- name: same_value
-- keyset: equal so far
{column} IS {value}
