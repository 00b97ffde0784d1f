-- Incidents, and lanes that a merge joins.

-- A number of a person that was merged into another: whose lanes go on in those of whom (the first 16 characters of a lane).
CREATE TABLE lane_join (
    whose TEXT PRIMARY KEY,
    joined TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX lane_join_by_joined ON lane_join (joined);

-- What has stopped and needs a person: one row from its beginning to its end, however many messages wait for it.
CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind = 'lane' OR kind = 'source' OR kind = 'destination'),
    subject TEXT NOT NULL,       -- the lane, or the name of the source or destination
    name TEXT NOT NULL,          -- of the source or destination
    receipt INTEGER,             -- the message that it began with
    reasons TEXT,                -- diagnostic codes
    opened INTEGER NOT NULL,
    closed INTEGER,
    opening_told INTEGER NOT NULL DEFAULT 0 CHECK (opening_told IN (0, 1)),
    closing_told INTEGER NOT NULL DEFAULT 0 CHECK (closing_told IN (0, 1))
);
CREATE INDEX incident_open ON incident (kind, subject) WHERE closed IS NULL;
CREATE INDEX incident_untold ON incident (id) WHERE opening_told = 0 OR (closing_told = 0 AND closed IS NOT NULL);

-- Lanes now begin with whose they are, so that all lanes of a person stand together; only those that are held matter.
UPDATE receipt SET lane = substr(lane, -16) || '/' || substr(lane, 1, length(lane) - 17)
WHERE state IN ('pending', 'parked') AND lane IS NOT NULL AND length(lane) > 17;

-- What is parked now is an incident already.
INSERT INTO incident (kind, subject, name, receipt, opened)
SELECT 'lane', r.lane, s.name, min(r.id), min(r.received) FROM receipt AS r JOIN source AS s ON s.id = r.source
WHERE r.state IN ('pending', 'parked') AND r.lane IS NOT NULL GROUP BY r.lane, s.name;
