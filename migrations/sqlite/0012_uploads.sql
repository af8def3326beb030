-- Files that staff send from their browser straight to the bucket, the next edition of a handbook while it is being
-- made, what its PDFs are like inside, and the mails that tell owners of an edition.

-- +goose Up
-- What was found in a PDF, by its bytes: the same file is looked into once, whatever edition has it.
CREATE TABLE inspections (
    sha256       TEXT      NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
    refused      TEXT      NOT NULL CHECK (refused IN ('', 'encrypted', 'broken')),
    skipped      BOOLEAN   NOT NULL, -- too large to be looked into
    pages        INTEGER   NOT NULL CHECK (pages >= 0),
    title        TEXT      NOT NULL,
    language     TEXT      NOT NULL,
    tagged       BOOLEAN   NOT NULL,
    figures      INTEGER   NOT NULL CHECK (figures >= 0),
    described    INTEGER   NOT NULL CHECK (described BETWEEN 0 AND figures), -- figures with a text instead
    fonts        TEXT      NOT NULL, -- JSON list of {name, embedded}
    outline      TEXT      NOT NULL, -- JSON list of {title, page, level}
    page_marks   TEXT      NOT NULL, -- JSON list: a piece of the hash of each page's text
    inspected_at TIMESTAMP NOT NULL
);

-- One draft of the next edition for each handbook. The version grows with every change of it.
CREATE TABLE edition_drafts (
    product_id  TEXT      NOT NULL PRIMARY KEY REFERENCES products (id),
    version     BIGINT    NOT NULL,
    notes       TEXT      NOT NULL,
    look_inside TEXT      NOT NULL, -- JSON list
    updated_at  TIMESTAMP NOT NULL
);

CREATE TABLE edition_draft_files (
    id           TEXT    NOT NULL PRIMARY KEY,
    product_id   TEXT    NOT NULL REFERENCES edition_drafts (product_id),
    position     INTEGER NOT NULL CHECK (position > 0),
    name         TEXT    NOT NULL CHECK (name <> ''),
    content_type TEXT    NOT NULL,
    size         BIGINT  NOT NULL CHECK (size >= 0),
    sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
    key          TEXT    NOT NULL CHECK (key <> ''),
    crc32        BIGINT  CHECK (crc32 BETWEEN 0 AND 4294967295),
    UNIQUE (product_id, name)
);

-- A file on its way: open while the browser sends, checking while the shop reads it once, then done, refused or ended.
CREATE TABLE uploads (
    id            TEXT      NOT NULL PRIMARY KEY,
    product_id    TEXT      NOT NULL REFERENCES products (id),
    staff_id      TEXT      NOT NULL,
    staff         TEXT      NOT NULL, -- name at that time
    name          TEXT      NOT NULL CHECK (name <> ''),
    content_type  TEXT      NOT NULL,
    size          BIGINT    NOT NULL CHECK (size > 0),
    part_size     BIGINT    NOT NULL CHECK (part_size > 0),
    first_sha256  TEXT      NOT NULL CHECK (length(first_sha256) = 64), -- of its first 8 MiB: the same file is known by it
    bucket_upload TEXT      NOT NULL CHECK (bucket_upload <> ''), -- as the bucket calls it
    state         TEXT      NOT NULL CHECK (state IN ('open', 'checking', 'done', 'refused', 'ended')),
    refused       TEXT      NOT NULL CHECK ((refused <> '') = (state = 'refused')), -- why, as a code
    checksums     TEXT      NOT NULL, -- JSON list: the SHA-256 of each part, as the browser worked them out
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL
);
CREATE INDEX uploads_by_product ON uploads (product_id, created_at);
CREATE INDEX uploads_to_drop ON uploads (updated_at) WHERE state IN ('open', 'refused');

-- The mails that tell of an edition. Recipients are named by an order of theirs and a hash of their address, so that
-- nothing personal stays here when an order is made anonymous.
CREATE TABLE edition_notices (
    edition_id TEXT      NOT NULL PRIMARY KEY REFERENCES editions (id),
    state      TEXT      NOT NULL CHECK (state IN ('sending', 'paused', 'done')),
    turn       INTEGER   NOT NULL CHECK (turn > 0), -- how often batches were set going
    started_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE notice_recipients (
    id           TEXT      NOT NULL PRIMARY KEY,
    edition_id   TEXT      NOT NULL REFERENCES edition_notices (edition_id),
    address_hash TEXT      NOT NULL CHECK (length(address_hash) = 64),
    order_id     TEXT      NOT NULL REFERENCES orders (id),
    state        TEXT      NOT NULL CHECK (state IN ('waiting', 'queued', 'sent', 'left_out')),
    UNIQUE (edition_id, address_hash)
);
CREATE INDEX notice_recipients_by_state ON notice_recipients (edition_id, state, id);
CREATE INDEX notice_recipients_by_order ON notice_recipients (order_id);

-- Editions that were there before are read again, since reading looks into their PDFs now.
INSERT INTO jobs (kind, key, subject, detail, run_at)
SELECT 'read_edition', 'read_edition:' || editions.id || ':inspect', editions.id, '', '2026-01-01 00:00:00+00:00'
FROM editions
WHERE number = (SELECT MAX(newest.number) FROM editions newest WHERE newest.product_id = editions.product_id)
    AND EXISTS (SELECT 1 FROM files WHERE files.edition_id = editions.id);

-- +goose Down
DELETE FROM jobs WHERE kind IN ('check_upload', 'inspect_file', 'notice') OR key LIKE 'read_edition:%:inspect' OR (kind = 'mail' AND detail = 'new_edition');
DROP TABLE notice_recipients;
DROP TABLE edition_notices;
DROP TABLE uploads;
DROP TABLE edition_draft_files;
DROP TABLE edition_drafts;
DROP TABLE inspections;
