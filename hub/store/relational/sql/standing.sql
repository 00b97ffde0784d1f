-- name: oldest_message
-- how many messages of a source stand in a state, and when the first of them came
SELECT held.number, r.received FROM (
    SELECT count(*) AS number, min(id) AS first FROM receipt @receipts_by_state
    WHERE source = (SELECT id FROM source WHERE name = :name) AND state = :state
) AS held LEFT JOIN receipt AS r ON r.id = held.first

-- name: oldest_delivery
-- how many deliveries to a destination stand in a state, and since when the first of them is due
SELECT held.number, d.first_due FROM (
    SELECT count(*) AS number, min(id) AS first FROM delivery @deliveries_by_state
    WHERE destination = (SELECT id FROM destination WHERE name = :name) AND state = :state
) AS held LEFT JOIN delivery AS d ON d.id = held.first
