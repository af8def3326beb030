-- Work outside the database, queued in the transaction that asks for it.

-- +goose Up
CREATE TABLE jobs (
    id          INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind        TEXT      NOT NULL,
    key         TEXT      NOT NULL UNIQUE, -- for ever: the same work is queued once
    subject     TEXT      NOT NULL,
    detail      TEXT      NOT NULL,
    state       TEXT      NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'failed')),
    attempts    INTEGER   NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    run_at      TIMESTAMP NOT NULL, -- while a worker has it: when the lease ends
    cause       TEXT      NOT NULL DEFAULT '', -- of the last failure
    finished_at TIMESTAMP CHECK (finished_at IS NOT NULL OR state = 'queued')
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state = 'queued';

-- +goose Down
DROP TABLE jobs;
