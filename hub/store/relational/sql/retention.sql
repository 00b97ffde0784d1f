-- name: stays_for_a_delivery
-- the delivery d is not finished: a dead one may be revived
d.state <> 'delivered'

-- name: expired_archive
-- archived bytes from before a moment, the oldest first, from a place on; and whether they stay
SELECT old.received, old.receipt, s.name,
    r.state IN ('pending', 'parked') OR EXISTS (SELECT 1 FROM delivery AS d WHERE d.receipt = old.receipt AND @stays_for_a_delivery)
FROM (
    SELECT a.received, a.receipt FROM archive AS a WHERE a.received < :before AND (a.received, a.receipt) > (:at, :key)
    ORDER BY a.received, a.receipt LIMIT :limit) AS old
@join receipt AS r ON r.id = old.receipt @join source AS s ON s.id = r.source ORDER BY old.received, old.receipt

-- name: expired_history
-- versions that were superseded before a moment, the longest ago first, from a place on; and whether they stay
SELECT old.at, old.resource, old.version, t.name, r.version <= old.version OR EXISTS (
    SELECT 1 FROM delivery AS d
    WHERE d.resource_id = r.id AND d.type = r.type AND d.version = old.version AND @stays_for_a_delivery)
FROM (
    SELECT h.at, h.resource, h.version FROM superseded AS h
    WHERE h.at < :before AND (h.at, h.resource, h.version) > (:at, :key, :version)
    ORDER BY h.at, h.resource, h.version LIMIT :limit) AS old
@join resource AS r ON r.key = old.resource @join type AS t ON t.id = r.type ORDER BY old.at, old.resource, old.version

-- name: prune_archive
-- these bytes (a JSON array of receipts) go, and what is known of the messages stays
DELETE FROM archive WHERE receipt IN (SELECT given.value FROM @given_ids) RETURNING source

-- name: prune_history
-- these versions (a JSON array of [resource, version]) go, but never the current one
DELETE FROM version WHERE (resource, version) IN (SELECT CAST(@first AS bigint), CAST(@second AS bigint) FROM @given_pairs)
AND version < (SELECT r.version FROM resource AS r WHERE r.key = version.resource)
RETURNING (SELECT r.type FROM resource AS r WHERE r.key = version.resource)

-- name: forget_superseded
-- those of a span of time that are gone
DELETE FROM superseded WHERE at BETWEEN ? AND ?
AND NOT EXISTS (SELECT 1 FROM version AS v WHERE v.resource = superseded.resource AND v.version = superseded.version)

-- name: count_pruned_archive
-- how many messages of a source have lost their bytes
UPDATE source SET pruned = pruned + ? WHERE id = ?

-- name: count_pruned_history
-- how many versions of a type are gone
UPDATE type SET pruned = pruned + ? WHERE id = ?

-- name: pruned_archive
-- by source
SELECT name, pruned FROM source WHERE pruned > 0 ORDER BY name

-- name: pruned_history
-- by type
SELECT name, pruned FROM type WHERE pruned > 0 ORDER BY name

-- name: take_turn
-- no row where somebody has taken it not long ago; one that was taken in the future was taken by a clock that was wrong
INSERT INTO turn (work, taken) VALUES (:work, :now)
ON CONFLICT (work) DO UPDATE SET taken = excluded.taken WHERE turn.taken <= :due OR turn.taken > :now
RETURNING work
