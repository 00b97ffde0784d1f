-- The fragments a search is put together from (hub.store.sqlite.search). {name} is another fragment or a bound value.
-- Aliases: r the resource, i a row of an index table.

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
{table} AS i @join resource AS r ON r.key = i.resource AND {alternative}

-- name: from_matches
-- the keys of the most selective clause
({matches}) AS found @join resource AS r ON r.key = found.resource

-- name: matches
-- the keys that one alternative gives
SELECT DISTINCT i.resource FROM {table} AS i WHERE {alternative}

-- name: estimate
-- how many keys one alternative gives, at most as many as anybody wants to know
SELECT count(*) FROM (SELECT 1 FROM ({matches}) AS found LIMIT {limit}) AS found

-- name: has
-- the resource has a row like this
EXISTS (SELECT 1 FROM {table} AS i WHERE i.resource = r.key AND {alternative})

-- name: any_of_param
-- any row of this parameter
i.param = {param}

-- name: any_of_target
-- its references to this type
i.param = {param} AND i.type = (SELECT id FROM type WHERE name = {type})

-- name: token_code
-- code
i.param = {param} AND i.code = {code}

-- name: token_system
-- system|
i.param = {param} AND i.system = (SELECT id FROM system WHERE name = {system})

-- name: token_both
-- system|code, and |code with the empty system
i.param = {param} AND i.code = {code} AND i.system = (SELECT id FROM system WHERE name = {system})

-- name: string_prefix
-- begins with, in folded text
i.param = {param} AND i.folded >= {low} AND i.folded < {high}

-- name: string_exact
-- :exact
i.param = {param} AND i.folded = {folded} AND i.text = {text}

-- name: reference_typed
-- Type/id
i.param = {param} AND i.target = {target} AND i.type = (SELECT id FROM type WHERE name = {type})

-- name: reference_id
-- id alone: any type
i.param = {param} AND i.target = {target} AND i.type > 0

-- name: reference_uri
-- an absolute reference that is not ours
i.param = {param} AND i.target = {target} AND i.type = 0

-- name: uri_is
-- the whole uri
i.param = {param} AND i.uri = {uri}

-- name: ranged
-- a date, number or quantity row whose range stands to the asked one as said
i.param = {param} AND {comparison}

-- name: quantity_unit
-- |code or unit without a system
({comparison} AND (i.code = {code} OR i.unit = {code}))

-- name: quantity_code
-- system|code
({comparison} AND i.code = {code} AND i.system = (SELECT id FROM system WHERE name = {system}))

-- name: quantity_system
-- system|
({comparison} AND i.system = (SELECT id FROM system WHERE name = {system}))

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

-- name: included
-- _include: what these resources refer to
SELECT DISTINCT r.key FROM {page} @join reference_index AS i ON i.resource = page.value
@join resource AS r ON @referred_to
WHERE i.type > 0 AND r.deleted = 0 AND @visible{conditions}

-- name: revincluded
-- _revinclude: what refers to these resources by this parameter
SELECT DISTINCT r.key FROM {page} @join resource AS match ON match.key = page.value
@join reference_index AS i ON {by_param} AND i.target = match.id AND i.type = match.type
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
