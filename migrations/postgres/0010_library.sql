-- Finding one's orders again: links by mail, who is signed in, which devices an order knows, and archives.

-- +goose Up
-- One asking for a link by mail. The link's secret is kept as its hash only.
CREATE TABLE mailed_links (
    id           TEXT        NOT NULL PRIMARY KEY,
    purpose      TEXT        NOT NULL CHECK (purpose IN ('library', 'device')),
    subject      TEXT        NOT NULL CHECK (subject <> ''), -- the e-mail address whose library it opens, or the order's id
    language     TEXT        NOT NULL CHECK (language IN ('en', 'es')),
    token_hash   TEXT        NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    requested_at TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ
);
CREATE INDEX mailed_links_by_subject ON mailed_links (purpose, subject, requested_at);
CREATE INDEX mailed_links_by_age ON mailed_links (expires_at);

-- Who is signed in, in whatever part of the shop. The token is hashed.
CREATE TABLE sessions (
    token      TEXT        NOT NULL PRIMARY KEY,
    data       BYTEA       NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_by_age ON sessions (expires_at);

-- Where an order is at home. Browsers are hashed, of addresses only the network is kept.
CREATE TABLE order_devices (
    order_id TEXT        NOT NULL REFERENCES orders (id),
    kind     TEXT        NOT NULL CHECK (kind IN ('browser', 'network')),
    device   TEXT        NOT NULL CHECK (device <> ''),
    seen_at  TIMESTAMPTZ NOT NULL, -- when it ordered or was confirmed last
    PRIMARY KEY (order_id, kind, device)
);

CREATE INDEX orders_by_email ON orders (email, sequence);

-- The CRC-32 that an archive writes down before a file's bytes; NULL until it was worked out.
ALTER TABLE files ADD COLUMN crc32 BIGINT CHECK (crc32 BETWEEN 0 AND 4294967295);
CREATE INDEX files_without_crc32 ON files (id) WHERE crc32 IS NULL;

-- The downloads that went out as one archive have its id.
ALTER TABLE downloads ADD COLUMN archive_id TEXT;
CREATE INDEX downloads_by_archive ON downloads (archive_id) WHERE archive_id IS NOT NULL;

-- +goose Down
DELETE FROM jobs WHERE kind = 'link';
DROP INDEX downloads_by_archive;
ALTER TABLE downloads DROP COLUMN archive_id;
DROP INDEX files_without_crc32;
ALTER TABLE files DROP COLUMN crc32;
DROP INDEX orders_by_email;
DROP TABLE order_devices;
DROP TABLE sessions;
DROP TABLE mailed_links;
