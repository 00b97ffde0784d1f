-- name: joined_lane
-- the lane that :lane is since its number was merged into another: its first 16 characters say whose it is
coalesce((SELECT j.joined || substr(CAST(:lane AS text), 17) FROM lane_join AS j WHERE j.whose = substr(CAST(:lane AS text), 1, 16)), :lane)

-- name: find_joined_lane
-- by its name
SELECT @joined_lane

-- name: lane_is_blocked
-- the lane as it is joined, and whether a pending or parked message holds it
SELECT l.lane, EXISTS (SELECT 1 FROM receipt AS r WHERE r.lane = l.lane AND r.state IN ('pending', 'parked'))
FROM (SELECT @joined_lane AS lane) AS l

-- name: first_in_lane
-- the oldest message that is pending or parked there
SELECT @receipt_columns FROM receipt AS r @receipt_names
WHERE r.lane = :lane AND r.state IN ('pending', 'parked') ORDER BY r.id LIMIT 1

-- name: join_lanes
-- whose lanes go on in those of another
INSERT INTO lane_join (whose, joined) VALUES (:whose, :joined)

-- name: rejoin_lanes
-- and those that were joined to them before
UPDATE lane_join SET joined = :joined WHERE joined = :whose

-- name: rename_lanes
-- what waits in them
UPDATE receipt SET lane = :joined || substr(lane, 17)
WHERE lane >= :whose || '/' AND lane < :whose || '0' AND state IN ('pending', 'parked')

-- name: rename_incidents
-- and what is open about them; '0' is the character after '/'
UPDATE incident SET subject = :joined || substr(subject, 17)
WHERE kind = 'lane' AND subject >= :whose || '/' AND subject < :whose || '0' AND closed IS NULL
