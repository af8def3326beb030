-- What is inside the handbooks: the text of their pages, to be searched, and sample pages as pictures. Both are
-- of a handbook's newest edition.

-- +goose Up
ALTER TABLE editions ADD COLUMN look_inside TEXT NOT NULL DEFAULT '[]'; -- JSON list of the pages to show

CREATE TABLE edition_pages (
    id         BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    edition_id TEXT    NOT NULL REFERENCES editions (id),
    page       INTEGER NOT NULL CHECK (page > 0),
    words      TEXT    NOT NULL, -- as they are written
    UNIQUE (edition_id, page)
);

CREATE TABLE sample_pages (
    edition_id   TEXT    NOT NULL REFERENCES editions (id),
    page         INTEGER NOT NULL CHECK (page > 0),
    width        INTEGER NOT NULL CHECK (width > 0),  -- pixels
    height       INTEGER NOT NULL CHECK (height > 0), -- pixels
    content_type TEXT    NOT NULL,
    opening      TEXT    NOT NULL, -- its heading or first words
    sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
    image        BYTEA   NOT NULL,
    PRIMARY KEY (edition_id, page)
);

-- The words of a page, folded by the program, so that both databases find the same.
CREATE TABLE page_search (
    page_id  BIGINT   NOT NULL PRIMARY KEY REFERENCES edition_pages (id) ON DELETE CASCADE,
    document TSVECTOR NOT NULL
);
CREATE INDEX page_search_words ON page_search USING gin (document);

-- Editions that were there before are read as new ones are.
INSERT INTO jobs (kind, key, subject, detail, run_at)
SELECT 'read_edition', 'read_edition:' || editions.id || ':0', editions.id, '', '2026-01-01 00:00:00+00:00'
FROM editions
WHERE number = (SELECT MAX(newest.number) FROM editions newest WHERE newest.product_id = editions.product_id);

-- +goose Down
DELETE FROM jobs WHERE kind = 'read_edition';
DROP TABLE page_search;
DROP TABLE sample_pages;
DROP TABLE edition_pages;
ALTER TABLE editions DROP COLUMN look_inside;
