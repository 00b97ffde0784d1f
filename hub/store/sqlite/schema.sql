-- The whole store of one hub, as it stands after every migration (tests/migration proves the two equal).
--
-- Times are microseconds since 1970 UTC. Dictionaries (type, param, system, source, destination, map_set) give long names
-- small integers. Checks are spelt with OR, since SQLite builds a table for an IN of three or more, on every insert. Index rows
-- hold no foreign keys: they are replaced with their resource, in the same transaction, by one writer. What a message caused
-- names its receipt without one: the writer checks the number, and writes the message's row last, once, when all is known of it
-- (a deferred key would scan the whole table for each row whose parent comes after it).

-- ---------------------------------------------------------------- dictionaries

CREATE TABLE type (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, pruned INTEGER NOT NULL DEFAULT 0);     -- "Observation"
CREATE TABLE param (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);    -- "Observation.code", "Observation.subject:identifier"
CREATE TABLE system (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);   -- a code or identifier system; 0 is "none given"
CREATE TABLE map_set (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);  -- content hash of a map set
INSERT INTO system (id, name) VALUES (0, '');

-- The texts that a map set's hash is of, written once, when the hub starts to use it.
CREATE TABLE map_set_text (
    map_set INTEGER PRIMARY KEY REFERENCES map_set (id),
    body BLOB NOT NULL           -- JSON {"maps": {name: text}, "tables": {name: text}}, packed by zlib
);

-- `pruned`: how many messages have lost their bytes, how many versions of the type are gone, since their time was over.
-- `received` and `owed` are counted here by triggers, apart from the states, so that the ledger can find a difference.
CREATE TABLE source (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, received INTEGER NOT NULL DEFAULT 0, pruned INTEGER NOT NULL DEFAULT 0);
CREATE TABLE destination (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, owed INTEGER NOT NULL DEFAULT 0);

-- What bodies are packed with (zstd): every dictionary that a row of this store may name.
CREATE TABLE packing (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, dictionary BLOB NOT NULL);

-- ---------------------------------------------------------------- messages

CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source (id),
    control_id TEXT,
    message_type TEXT,
    digest BLOB NOT NULL,        -- SHA-256 of the body; stays when the body is pruned
    received INTEGER NOT NULL,
    peer TEXT,
    media_type TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (
        state = 'pending'        -- -> committed | filtered | duplicate | refused | parked | skipped
        OR state = 'committed'   -- end
        OR state = 'filtered'    -- end
        OR state = 'duplicate'   -- end
        OR state = 'refused'     -- end: the sender was told
        OR state = 'parked'      -- -> pending (released) | skipped (discarded or superseded)
        OR state = 'skipped'     -- end
    ),
    reason TEXT,
    answer BLOB,
    ack_code TEXT CHECK (
        ack_code = 'AA' OR ack_code = 'AE' OR ack_code = 'AR' OR ack_code = 'CA' OR ack_code = 'CE' OR ack_code = 'CR'),
    ack_outcome TEXT NOT NULL DEFAULT 'pending' CHECK (
        ack_outcome = 'pending' OR ack_outcome = 'delivered' OR ack_outcome = 'undelivered' OR ack_outcome = 'not-owed'),
    map_set INTEGER REFERENCES map_set (id),
    person TEXT,
    lane TEXT
);
CREATE INDEX receipt_by_control_id ON receipt (source, control_id);
CREATE INDEX receipt_by_state ON receipt (source, state);
CREATE INDEX receipt_held_lane ON receipt (lane) WHERE state IN ('pending', 'parked');
CREATE INDEX receipt_held_person ON receipt (person) WHERE state IN ('pending', 'parked');

-- In enhanced mode a message has two answers: the accept acknowledgement stands in its receipt, the application acknowledgement here.
CREATE TABLE application_answer (
    receipt INTEGER PRIMARY KEY,
    code TEXT NOT NULL CHECK (code = 'AA' OR code = 'AE' OR code = 'AR'),
    answer BLOB NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome = 'pending' OR outcome = 'delivered' OR outcome = 'undelivered')
);

-- The sequence number (MSH-13) that a source is to send next. No row: whichever comes is the first.
CREATE TABLE expected_number (source INTEGER PRIMARY KEY REFERENCES source (id), number INTEGER NOT NULL);

-- Which message an entry of a source's spool became, so that the same entry again is known.
CREATE TABLE spooled (entry BLOB PRIMARY KEY, receipt INTEGER NOT NULL) WITHOUT ROWID;

-- The bytes exactly as received, packed.
CREATE TABLE archive (
    receipt INTEGER PRIMARY KEY REFERENCES receipt (id),
    source INTEGER NOT NULL,
    body BLOB NOT NULL,
    packing INTEGER NOT NULL DEFAULT 0,  -- as of a version
    received INTEGER                     -- as of its receipt: the oldest are pruned first
);
CREATE INDEX archive_by_received ON archive (received);
CREATE TRIGGER archive_is_counted AFTER INSERT ON archive BEGIN
    UPDATE source SET received = received + 1 WHERE id = NEW.source;
END;

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

-- ---------------------------------------------------------------- the record

-- Where a resource stands now: narrow, so that a search reads few pages.
CREATE TABLE resource (
    key INTEGER PRIMARY KEY,
    type INTEGER NOT NULL REFERENCES type (id),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    person TEXT,                 -- logical id of the Patient in whose compartment it lives
    labels TEXT,                 -- meta.security codes, a JSON array; NULL when there are none
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    indexed INTEGER NOT NULL,    -- bit set: which tables of values hold rows of it
    terms TEXT,                  -- the terms that it has, a JSON array; NULL when there are none
    UNIQUE (type, id)
);
CREATE INDEX resource_by_type ON resource (type);
CREATE INDEX resource_by_updated ON resource (type, updated);

-- Every version, the current one too; the body is the bytes that are served, packed. Rows are never changed.
CREATE TABLE version (
    key INTEGER PRIMARY KEY,
    resource INTEGER NOT NULL REFERENCES resource (key),
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    person TEXT,
    labels TEXT,
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    interaction TEXT NOT NULL CHECK (interaction = 'create' OR interaction = 'update' OR interaction = 'delete'),
    receipt INTEGER,                             -- where it comes from: the message,
    rule TEXT,                                   -- the rule,
    map_set INTEGER REFERENCES map_set (id),     -- and the map set
    body BLOB NOT NULL,
    packing INTEGER NOT NULL DEFAULT 0,          -- the dictionary that the body is packed with; 0: it is plain, -1: by zlib, without one
    UNIQUE (resource, version)
);

-- When a version was superseded: its time in the history begins.
CREATE TABLE superseded (
    at INTEGER NOT NULL, resource INTEGER NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (at, resource, version)
) WITHOUT ROWID;

-- Which Patient holds an identifier. The primary key makes a second holder impossible.
CREATE TABLE person_key (
    system INTEGER NOT NULL REFERENCES system (id),
    value TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (system, value)
) WITHOUT ROWID;

-- ---------------------------------------------------------------- the search index

-- A value that is found whole: a code in its system, a resource referred to, a uri. It stands here once, spelt out, so that no two are
-- ever taken for each other. space: the system of a code; below zero the type that a reference leads to; 0 for a uri.
CREATE TABLE term (
    id INTEGER PRIMARY KEY,
    param INTEGER NOT NULL, text TEXT NOT NULL, space INTEGER NOT NULL,
    UNIQUE (param, text, space)
);

-- The resources that have a term. The other way, from a resource to its terms, is resource.terms.
CREATE TABLE posting (
    term INTEGER NOT NULL, resource INTEGER NOT NULL,
    PRIMARY KEY (term, resource)
) WITHOUT ROWID;

-- Values that have an order: by resource, and by value.
CREATE TABLE string_index (
    resource INTEGER NOT NULL, param INTEGER NOT NULL, folded TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (resource, param, folded, text)
) WITHOUT ROWID;
CREATE INDEX string_by_value ON string_index (param, folded, text);

-- Nearly all are short, so that the order by `low` finds them also by `high`; the others are found by `high` apart.
CREATE TABLE date_index (
    resource INTEGER NOT NULL, param INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
    PRIMARY KEY (resource, param, low, high)
) WITHOUT ROWID;
CREATE INDEX date_by_low ON date_index (param, low, high);
CREATE INDEX date_by_high ON date_index (param, high) WHERE high > low + 86400000000;

CREATE TABLE number_index (
    resource INTEGER NOT NULL, param INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    PRIMARY KEY (resource, param, low, high)
) WITHOUT ROWID;
CREATE INDEX number_by_low ON number_index (param, low, high);

CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL, system INTEGER NOT NULL, unit TEXT NOT NULL,
    UNIQUE (code, system, unit)
);
CREATE TABLE quantity_index (
    resource INTEGER NOT NULL, param INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL, unit INTEGER NOT NULL,
    PRIMARY KEY (resource, param, low, high, unit)
) WITHOUT ROWID;
CREATE INDEX quantity_by_low ON quantity_index (param, low, high, unit);

-- ---------------------------------------------------------------- the outbox

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    destination INTEGER NOT NULL REFERENCES destination (id),
    type INTEGER NOT NULL REFERENCES type (id),
    resource_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    map_name TEXT NOT NULL,
    lane TEXT,
    person TEXT,
    receipt INTEGER,
    state TEXT NOT NULL DEFAULT 'due' CHECK (
        state = 'due'            -- -> in-flight
        OR state = 'in-flight'   -- -> delivered | waiting | dead
        OR state = 'waiting'     -- -> in-flight
        OR state = 'delivered'   -- end
        OR state = 'dead'        -- -> due (revived by a person)
    ),
    heads INTEGER NOT NULL,      -- 1: the oldest unfinished one of its lane (or it has no lane); only such a one may be claimed
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL,
    first_due INTEGER NOT NULL,
    reason TEXT,
    holds INTEGER NOT NULL DEFAULT 0 CHECK (holds = 0 OR (holds = 1 AND state = 'dead')),  -- a dead letter that holds its lane
    discarded INTEGER NOT NULL DEFAULT 0 CHECK (discarded = 0 OR (discarded = 1 AND state = 'dead')),  -- by a person, for good
    CHECK (heads = 0 OR (heads = 1 AND state NOT IN ('delivered', 'dead')))
);
CREATE INDEX delivery_by_state ON delivery (destination, state);
CREATE INDEX delivery_in_lane ON delivery (destination, lane) WHERE state NOT IN ('delivered', 'dead');
CREATE INDEX delivery_holding ON delivery (destination, lane) WHERE holds = 1;
CREATE INDEX delivery_ready ON delivery (destination, not_before) WHERE heads = 1 AND state IN ('due', 'waiting');
CREATE INDEX delivery_open_message ON delivery (receipt) WHERE state <> 'delivered';
CREATE INDEX delivery_open_version ON delivery (resource_id, version) WHERE state <> 'delivered';
CREATE TRIGGER delivery_is_counted AFTER INSERT ON delivery BEGIN
    UPDATE destination SET owed = owed + 1 WHERE id = NEW.destination;
END;

-- ---------------------------------------------------------------- work that one hub does now and then

CREATE TABLE turn (work TEXT PRIMARY KEY, taken INTEGER NOT NULL) WITHOUT ROWID;

-- ---------------------------------------------------------------- the audit: rows are added, never changed

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    client TEXT NOT NULL,
    organisation TEXT,
    user TEXT,
    purpose TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action = 'C' OR action = 'R' OR action = 'U' OR action = 'D' OR action = 'E'),
    interaction TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome = '0' OR outcome = '4' OR outcome = '8' OR outcome = '12'),
    person TEXT,
    resource TEXT,
    basis TEXT NOT NULL,
    receipt INTEGER
);
CREATE INDEX audit_by_person ON audit (person);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
