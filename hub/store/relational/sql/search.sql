-- The fragments a search is put together from (hub.store.sqlite.search). {name} is another fragment or a bound value.
-- Aliases: r the resource, i a posting or a row of a table of values, t a term.

-- name: param
-- the number of a search parameter
(SELECT id FROM param WHERE name = {name})

-- name: keys
-- the keys of one page, in key order (no sort, or by what stands in the resource row)
SELECT {key}{columns} FROM {origin}
WHERE r.type = (SELECT id FROM type WHERE name = {type}) AND r.deleted = 0 AND @visible{conditions}{keyset}
ORDER BY {order} LIMIT {limit}

-- name: sorted_keys
-- the keys of one page, sorted by indexed values
WITH hit AS MATERIALIZED (
    SELECT r.key AS key{columns} FROM {origin}
    WHERE r.type = (SELECT id FROM type WHERE name = {type}) AND r.deleted = 0 AND @visible{conditions})
SELECT * FROM hit WHERE TRUE{keyset} ORDER BY {order} LIMIT {limit}

-- name: total
-- how many there are
SELECT count(*) FROM {origin} WHERE r.type = (SELECT id FROM type WHERE name = {type}) AND r.deleted = 0 AND @visible{conditions}

-- name: from_type
-- every resource of the type
resource AS r

-- name: from_ordered
-- the rows of one value, which stand in key order
{table} AS i @join resource AS r ON r.key = i.resource AND {selection}

-- name: from_matches
-- the keys of the most selective clause
({matches}) AS found @join resource AS r ON r.key = found.resource

-- name: matches
-- the keys that one selection gives
SELECT DISTINCT i.resource FROM {table} AS i WHERE {selection}

-- name: estimate
-- how many keys one selection gives, at most as many as anybody wants to know
SELECT count(*) FROM (SELECT 1 FROM ({matches}) AS found LIMIT {limit}) AS found

-- name: has
-- the resource has a row like this
EXISTS (SELECT 1 FROM {table} AS i WHERE i.resource = r.key AND {selection})

-- name: any_of_param
-- any value of this parameter
i.param = {param}

-- name: of_term
-- the postings of one term
i.term = (SELECT t.id FROM term AS t WHERE {terms})

-- name: has_own
-- one of the resource's terms is like this
EXISTS (SELECT 1 FROM @own_terms @join term AS t ON t.id = own.value WHERE {terms})

-- name: any_term
-- any term of this parameter
t.param = {param}

-- name: any_target
-- its references to this type
t.param = {param} AND t.space = -(SELECT id FROM type WHERE name = {type})

-- name: token_code
-- code
t.param = {param} AND t.text = {code}

-- name: token_system
-- system|
t.param = {param} AND t.space = (SELECT id FROM system WHERE name = {system})

-- name: token_both
-- system|code, and |code with the empty system
t.param = {param} AND t.text = {code} AND t.space = (SELECT id FROM system WHERE name = {system})

-- name: string_prefix
-- begins with, in folded text
i.param = {param} AND i.folded >= {low} AND i.folded < {high}

-- name: string_exact
-- :exact
i.param = {param} AND i.folded = {folded} AND i.text = {text}

-- name: reference_typed
-- Type/id
t.param = {param} AND t.text = {target} AND t.space = -(SELECT id FROM type WHERE name = {type})

-- name: reference_id
-- id alone: any type
t.param = {param} AND t.text = {target} AND t.space < 0

-- name: reference_uri
-- an absolute reference that is not ours
t.param = {param} AND t.text = {target} AND t.space = 0

-- name: uri_is
-- the whole uri
t.param = {param} AND t.text = {uri} AND t.space = 0

-- name: ranged
-- a date, number or quantity row whose range stands to the asked one as said
i.param = {param} AND {comparison}

-- name: short
-- a range of at most a day that ends after this begins no more than a day before it
i.param = {param} AND i.high <= i.low + 86400000000 AND i.low >= {begin} AND {comparison}

-- name: long
-- a longer one that ends after this: they have an index of their own
i.param = {param} AND i.high > i.low + 86400000000 AND i.high >= {end} AND {comparison}

-- name: quantity_unit
-- |code or unit without a system
({comparison} AND i.unit IN (SELECT u.id FROM unit AS u WHERE u.code = {code} OR u.unit = {code}))

-- name: quantity_code
-- system|code
({comparison} AND i.unit IN (
    SELECT u.id FROM unit AS u WHERE u.code = {code} AND u.system = (SELECT id FROM system WHERE name = {system})))

-- name: quantity_system
-- system|
({comparison} AND i.unit IN (SELECT u.id FROM unit AS u WHERE u.system = (SELECT id FROM system WHERE name = {system})))

-- name: range_eq
-- the asked range contains the row's; a row without extent (low = high) may not stand at the open end
(i.low >= {low} AND i.high <= {high} AND (i.low < {high} OR {low} = {high}))

-- name: range_ne
-- the asked range does not contain the row's
NOT (i.low >= {low} AND i.high <= {high} AND (i.low < {high} OR {low} = {high}))

-- name: range_gt
-- something of the row's range lies above the asked one
i.high > {high}

-- name: range_lt
-- something of the row's range lies below the asked one
i.low < {low}

-- name: range_ge
-- gt or eq
(i.high > {high} OR (i.low >= {low} AND i.high <= {high} AND (i.low < {high} OR {low} = {high})))

-- name: range_le
-- lt or eq
(i.low < {low} OR (i.low >= {low} AND i.high <= {high} AND (i.low < {high} OR {low} = {high})))

-- name: range_sa
-- all of the row's range lies above the asked one
(i.low >= {high} AND i.high > {high})

-- name: range_eb
-- all of the row's range lies below the asked one
(i.high <= {low} AND i.low < {low})

-- name: range_ap
-- the two overlap
((i.low < {high} AND i.high > {low}) OR (i.low >= {low} AND i.high <= {high} AND (i.low < {high} OR {low} = {high})))

-- name: updated_eq
-- _lastUpdated is an instant
(r.updated >= {low} AND r.updated < {high})

-- name: updated_ne
-- outside the asked range
(r.updated < {low} OR r.updated >= {high})

-- name: updated_gt
-- after it
r.updated >= {high}

-- name: updated_lt
-- before it
r.updated < {low}

-- name: updated_ge
-- in it or after it
r.updated >= {low}

-- name: updated_le
-- in it or before it
r.updated < {high}

-- name: id_is
-- _id
r.id = {id}

-- name: id_sort
-- _sort=_id
r.id

-- name: updated_sort
-- _sort=_lastUpdated
r.updated

-- name: sort_least
-- ascending: the least value of a parameter
(SELECT min(i.{column}) FROM {table} AS i WHERE i.resource = r.key AND {rows})

-- name: sort_greatest
-- descending: the greatest value of a parameter
(SELECT max(i.{column}) FROM {table} AS i WHERE i.resource = r.key AND {rows})

-- name: sort_least_term
-- the same, of what is found whole
(SELECT min(t.text) FROM @own_terms @join term AS t ON t.id = own.value WHERE {rows})

-- name: sort_greatest_term
-- the same, of what is found whole
(SELECT max(t.text) FROM @own_terms @join term AS t ON t.id = own.value WHERE {rows})

-- name: included
-- _include: what these resources refer to
SELECT DISTINCT r.key FROM {page} @join resource AS match ON match.key = page.value
@join @terms_of_match ON TRUE @join term AS t ON t.id = own.value
@join resource AS r ON @referred_to
WHERE t.space < 0 AND r.deleted = 0 AND @visible{conditions}

-- name: revincluded
-- _revinclude: what refers to these resources by this parameter
SELECT DISTINCT r.key FROM {page} @join resource AS match ON match.key = page.value
@join term AS t ON {by_param} AND t.text = match.id AND t.space = -match.type
@join posting AS i ON i.term = t.id
@join resource AS r ON r.key = i.resource
WHERE r.deleted = 0 AND @visible{conditions}

-- name: of_type
-- only resources of this type
r.type = (SELECT id FROM type WHERE name = {type})

-- name: not_these
-- not what is already there
r.key NOT IN (SELECT page.value FROM {page})

-- name: above
-- keyset, ascending
{column} > {value}

-- name: below
-- keyset, descending
{column} < {value}

-- name: no_value
-- keyset: what has no value stands last
{column} IS NULL
