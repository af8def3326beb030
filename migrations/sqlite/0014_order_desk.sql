-- Orders as staff find them and act on them.

-- +goose Up
-- Orders that staff gave away. SQLite changes a CHECK only with its column.
ALTER TABLE orders ADD COLUMN origin TEXT NOT NULL DEFAULT 'card' CHECK (origin IN ('card', 'free', 'granted'));
UPDATE orders SET origin = source;
ALTER TABLE orders DROP COLUMN source;
ALTER TABLE orders RENAME COLUMN origin TO source;

-- Until link_until, download links of the order live link_hours; 0 is as the shop is set up.
ALTER TABLE orders ADD COLUMN link_hours INTEGER NOT NULL DEFAULT 0 CHECK (link_hours BETWEEN 0 AND 168);
ALTER TABLE orders ADD COLUMN link_until TIMESTAMP;
ALTER TABLE orders ADD COLUMN indexed BOOLEAN NOT NULL DEFAULT FALSE; -- order_words has its words
CREATE INDEX orders_to_index ON orders (sequence) WHERE NOT indexed;

-- What each order is found by: folded words of name and organisation, the e-mail address and its host behind an @,
-- and what was bought as product:id.
CREATE TABLE order_words (
    word     TEXT   NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (word, sequence)
) WITHOUT ROWID;
CREATE INDEX order_words_by_order ON order_words (sequence, word);

CREATE INDEX orders_by_status ON orders (status, sequence);
CREATE INDEX orders_by_source ON orders (source, sequence);
CREATE INDEX orders_by_language ON orders (language, sequence);
CREATE INDEX orders_by_time ON orders (placed_at, sequence);
CREATE INDEX orders_for_a_person ON orders (sequence) WHERE attention <> '';
CREATE INDEX payments_by_charge ON payments (charge_id) WHERE charge_id <> '';
CREATE INDEX jobs_by_subject ON jobs (subject);

-- What staff decided a right to be, whatever is heard of the payment; empty: the payment decides.
ALTER TABLE entitlements ADD COLUMN held TEXT NOT NULL DEFAULT '' CHECK (held IN ('', 'active', 'revoked'));

-- What staff asked for, so that the same press of a button counts once.
CREATE TABLE order_requests (
    order_id TEXT      NOT NULL REFERENCES orders (id),
    request  TEXT      NOT NULL CHECK (request <> ''),
    PRIMARY KEY (order_id, request)
);

-- Append-only.
CREATE TABLE order_notes (
    id         TEXT      NOT NULL PRIMARY KEY,
    order_id   TEXT      NOT NULL REFERENCES orders (id),
    staff_id   TEXT      NOT NULL,
    staff      TEXT      NOT NULL, -- name at that time
    note       TEXT      NOT NULL CHECK (note <> ''),
    written_at TIMESTAMP NOT NULL
);
CREATE INDEX order_notes_by_order ON order_notes (order_id, written_at);

-- Filters of the list of orders that a member of staff keeps under a name.
CREATE TABLE order_views (
    id         TEXT      NOT NULL PRIMARY KEY,
    staff_id   TEXT      NOT NULL REFERENCES staff (id),
    name       TEXT      NOT NULL CHECK (name <> ''),
    query      TEXT      NOT NULL, -- as in the page's address
    created_at TIMESTAMP NOT NULL,
    UNIQUE (staff_id, name)
);

-- +goose Down
DROP TABLE order_views;
DROP TABLE order_notes;
DROP TABLE order_requests;
ALTER TABLE entitlements DROP COLUMN held;
DROP INDEX jobs_by_subject;
DROP INDEX payments_by_charge;
DROP INDEX orders_for_a_person;
DROP INDEX orders_by_time;
DROP INDEX orders_by_language;
DROP INDEX orders_by_source;
DROP INDEX orders_by_status;
DROP TABLE order_words;
DROP INDEX orders_to_index;
ALTER TABLE orders DROP COLUMN indexed;
ALTER TABLE orders DROP COLUMN link_until;
ALTER TABLE orders DROP COLUMN link_hours;
DELETE FROM jobs WHERE kind = 'mail' AND (detail = 'moved_here' OR detail LIKE 'moved_away %');
ALTER TABLE orders ADD COLUMN origin TEXT NOT NULL DEFAULT 'card' CHECK (origin IN ('card', 'free'));
UPDATE orders SET origin = CASE source WHEN 'granted' THEN 'free' ELSE source END;
ALTER TABLE orders DROP COLUMN source;
ALTER TABLE orders RENAME COLUMN origin TO source;
