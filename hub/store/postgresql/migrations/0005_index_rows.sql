-- The index says each code, reference and uri once (term), and keeps numbers for the rest: docs/decisions/0010-index-rows.md
--
-- All of it is made from the rows that are there. What some of them say twice (Observation.combo-code) is not looked for any more, and
-- goes with the next version of its resource.

ALTER TABLE resource ADD COLUMN terms bigint[];

-- A value that is found whole: a code in its system, a resource referred to, a uri. It stands here once, spelt out, so that no two are
-- ever taken for each other. space: the system of a code; below zero the type that a reference leads to; 0 for a uri. A term stays when
-- the batch that first used it is taken back, as names do.
CREATE TABLE term (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    param bigint NOT NULL, text text COLLATE "C" NOT NULL, space bigint NOT NULL,
    UNIQUE (param, text, space)
);

-- The resources that have a term. The other way, from a resource to its terms, is resource.terms.
CREATE TABLE posting (term bigint NOT NULL, resource bigint NOT NULL);
CREATE INDEX posting_by_term ON posting (term, resource);

CREATE TABLE unit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL, system bigint NOT NULL, unit text COLLATE "C" NOT NULL,
    UNIQUE (code, system, unit)
);

INSERT INTO term (param, text, space)
SELECT param, code, system FROM token_index
UNION SELECT param, target, -type FROM reference_index
UNION SELECT param, uri, 0 FROM uri_index;

INSERT INTO posting (term, resource)
SELECT DISTINCT t.id, i.resource FROM (
    SELECT resource, param, code AS text, system AS space FROM token_index
    UNION ALL SELECT resource, param, target, -type FROM reference_index
    UNION ALL SELECT resource, param, uri, 0 FROM uri_index) AS i
JOIN term AS t ON t.param = i.param AND t.text = i.text AND t.space = i.space;

UPDATE resource SET terms = own.terms
FROM (SELECT resource, array_agg(term ORDER BY term) AS terms FROM posting GROUP BY resource) AS own WHERE own.resource = resource.key;

INSERT INTO unit (code, system, unit) SELECT DISTINCT code, system, unit FROM quantity_index;
ALTER TABLE quantity_index RENAME TO old_quantity;
DROP INDEX quantity_by_low, quantity_by_resource;
CREATE TABLE quantity_index (
    resource bigint NOT NULL, param bigint NOT NULL, low double precision NOT NULL, high double precision NOT NULL, unit bigint NOT NULL
);
CREATE INDEX quantity_by_low ON quantity_index (param, low, high);
CREATE INDEX quantity_by_resource ON quantity_index (resource, param);
INSERT INTO quantity_index (resource, param, low, high, unit)
SELECT i.resource, i.param, i.low, i.high, u.id FROM old_quantity AS i
JOIN unit AS u ON u.code = i.code AND u.system = i.system AND u.unit = i.unit;
DROP TABLE old_quantity;

DROP INDEX date_by_low, date_by_high;
CREATE INDEX date_by_low ON date_index (param, low);
CREATE INDEX date_by_high ON date_index (param, high) WHERE high > low + 86400000000;

DROP TABLE token_index;
DROP TABLE reference_index;
DROP TABLE uri_index;
UPDATE calder SET version = 5;
