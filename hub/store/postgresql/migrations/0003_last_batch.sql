-- The number of a transaction cannot tell what became of it: after a crash, numbers that the disk never saw are given out again.
CREATE TABLE last_batch (
    writer bigint PRIMARY KEY,
    number bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

UPDATE calder SET version = 3;
