-- The index says each code, reference and uri once (term), and keeps numbers for the rest: docs/decisions/0010-index-rows.md
--
-- All of it is made from the rows that are there. What some of them say twice (Observation.combo-code) is not looked for any more, and
-- goes with the next version of its resource.

ALTER TABLE string_index RENAME TO old_string;
ALTER TABLE date_index RENAME TO old_date;
ALTER TABLE number_index RENAME TO old_number;
ALTER TABLE quantity_index RENAME TO old_quantity;
DROP INDEX string_by_resource;
DROP INDEX date_by_high;
DROP INDEX date_by_resource;
DROP INDEX number_by_resource;
DROP INDEX quantity_by_resource;
ALTER TABLE resource ADD COLUMN terms TEXT;

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

-- The terms of each resource, for as long as this takes.
CREATE TABLE term_of (resource INTEGER NOT NULL, term INTEGER NOT NULL, PRIMARY KEY (resource, term)) WITHOUT ROWID;

INSERT INTO term (param, text, space)
SELECT DISTINCT param, code, system FROM token_index
UNION SELECT DISTINCT param, target, -type FROM reference_index
UNION SELECT DISTINCT param, uri, 0 FROM uri_index;

INSERT INTO term_of (resource, term)
SELECT i.resource, t.id FROM token_index AS i CROSS JOIN term AS t ON t.param = i.param AND t.text = i.code AND t.space = i.system;
INSERT INTO term_of (resource, term)
SELECT i.resource, t.id FROM reference_index AS i CROSS JOIN term AS t ON t.param = i.param AND t.text = i.target AND t.space = -i.type;
INSERT INTO term_of (resource, term)
SELECT i.resource, t.id FROM uri_index AS i CROSS JOIN term AS t ON t.param = i.param AND t.text = i.uri AND t.space = 0;

INSERT INTO posting (term, resource) SELECT term, resource FROM term_of ORDER BY term, resource;
UPDATE resource SET terms = (
    SELECT nullif(json_group_array(own.term), '[]') FROM (SELECT term FROM term_of WHERE resource = resource.key ORDER BY term) AS own);

INSERT INTO string_index (resource, param, folded, text) SELECT resource, param, folded, text FROM old_string ORDER BY resource;
INSERT INTO date_index (resource, param, low, high) SELECT resource, param, low, high FROM old_date ORDER BY resource;
INSERT INTO number_index (resource, param, low, high) SELECT resource, param, low, high FROM old_number ORDER BY resource;
INSERT INTO unit (code, system, unit) SELECT DISTINCT code, system, unit FROM old_quantity;
INSERT INTO quantity_index (resource, param, low, high, unit)
SELECT i.resource, i.param, i.low, i.high, u.id FROM old_quantity AS i
CROSS JOIN unit AS u ON u.code = i.code AND u.system = i.system AND u.unit = i.unit ORDER BY i.resource;

DROP TABLE term_of;
DROP TABLE token_index;
DROP TABLE reference_index;
DROP TABLE uri_index;
DROP TABLE old_string;
DROP TABLE old_date;
DROP TABLE old_number;
DROP TABLE old_quantity;
