-- Incidents, and lanes that a merge joins; in a lane, and in a hub's hands, the oldest is found at once.

-- A number of a person that was merged into another: whose lanes go on in those of whom (the first 16 characters of a lane).
CREATE TABLE lane_join (
    whose text COLLATE "C" PRIMARY KEY,
    joined text COLLATE "C" NOT NULL
);
CREATE INDEX lane_join_by_joined ON lane_join (joined);

-- What has stopped and needs a person: one row from its beginning to its end, however many messages wait for it.
CREATE TABLE incident (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ('lane', 'source', 'destination')),
    subject text COLLATE "C" NOT NULL, -- the lane, or the name of the source or destination
    name text NOT NULL,          -- of the source or destination
    receipt bigint,              -- the message that it began with
    reasons text,                -- diagnostic codes
    opened bigint NOT NULL,
    closed bigint,
    opening_told smallint NOT NULL DEFAULT 0 CHECK (opening_told IN (0, 1)),
    closing_told smallint NOT NULL DEFAULT 0 CHECK (closing_told IN (0, 1)),
    hub bigint                   -- the hub that tells
);
CREATE INDEX incident_open ON incident (kind, subject) WHERE closed IS NULL;
CREATE INDEX incident_untold ON incident (id) WHERE opening_told = 0 OR (closing_told = 0 AND closed IS NOT NULL);

-- Lanes now begin with whose they are, so that all lanes of a person stand together; only those that are held matter.
UPDATE receipt SET lane = right(lane, 16) || '/' || left(lane, -17)
WHERE state IN ('pending', 'parked') AND lane IS NOT NULL AND length(lane) > 17;

-- What is parked now is an incident already.
INSERT INTO incident (kind, subject, name, receipt, opened)
SELECT 'lane', r.lane, s.name, min(r.id), min(r.received) FROM receipt AS r JOIN source AS s ON s.id = r.source
WHERE r.state IN ('pending', 'parked') AND r.lane IS NOT NULL GROUP BY r.lane, s.name;

DROP INDEX receipt_held_lane;
CREATE INDEX receipt_held_lane ON receipt (lane, id) WHERE state IN ('pending', 'parked');
DROP INDEX receipt_in_hand;
CREATE INDEX receipt_in_hand ON receipt (hub, id) WHERE state = 'pending' AND lane IS NULL;

UPDATE calder SET version = 8;
