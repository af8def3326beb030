-- What staff gave back of orders, and the invoices of orders with whom they are made out to.

-- +goose Up
CREATE TABLE order_returns (
    id                TEXT      NOT NULL PRIMARY KEY,
    order_id          TEXT      NOT NULL REFERENCES orders (id),
    kind              TEXT      NOT NULL CHECK (kind IN ('parts', 'surplus', 'assigned')),
    state             TEXT      NOT NULL CHECK (state IN ('requested', 'refused', 'pending', 'succeeded', 'failed', 'dropped')),
    payment_intent_id TEXT      NOT NULL CHECK (kind = 'assigned' OR payment_intent_id <> ''),
    amount            BIGINT    NOT NULL CHECK (amount > 0),
    revokes           TEXT      NOT NULL, -- JSON list of the ids of lines
    reason            TEXT      NOT NULL CHECK (reason <> ''),
    note              TEXT      NOT NULL,
    staff_id          TEXT      NOT NULL,
    staff             TEXT      NOT NULL,
    token_id          TEXT      NOT NULL,
    idempotency_key   TEXT      NOT NULL CHECK (idempotency_key <> ''),
    fingerprint       TEXT      NOT NULL,
    refund_id         TEXT      NOT NULL, -- empty until the payment provider answered
    problem           TEXT      NOT NULL,
    requested_at      TIMESTAMP NOT NULL,
    settled_at        TIMESTAMP,
    UNIQUE (order_id, idempotency_key)
);
CREATE UNIQUE INDEX order_returns_by_refund ON order_returns (refund_id) WHERE refund_id <> '';

-- No part of an order goes back twice: a return that came to nothing lets go of its parts.
CREATE TABLE order_return_parts (
    return_id TEXT    NOT NULL REFERENCES order_returns (id),
    order_id  TEXT    NOT NULL REFERENCES orders (id),
    part      TEXT    NOT NULL CHECK (part <> ''),
    held      BOOLEAN NOT NULL,
    PRIMARY KEY (return_id, part)
);
CREATE INDEX order_return_parts_by_order ON order_return_parts (order_id);
CREATE UNIQUE INDEX order_return_parts_once ON order_return_parts (order_id, part) WHERE held;

-- Numbered without gaps: the next number is taken in the transaction that issues the invoice.
CREATE TABLE invoices (
    sequence  BIGINT    NOT NULL PRIMARY KEY CHECK (sequence > 0),
    order_id  TEXT      NOT NULL UNIQUE REFERENCES orders (id),
    issued_at TIMESTAMP NOT NULL
);

-- Whom an invoice is made out to; a correction is a new version.
CREATE TABLE order_billing (
    order_id     TEXT      NOT NULL REFERENCES orders (id),
    version      INTEGER   NOT NULL CHECK (version > 0),
    name         TEXT      NOT NULL,
    organisation TEXT      NOT NULL,
    address      TEXT      NOT NULL,
    tax_id       TEXT      NOT NULL,
    written_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (order_id, version)
);

-- +goose Down
DELETE FROM jobs WHERE kind = 'refund'; -- a shop from before would not know what to do with them
DROP TABLE order_billing;
DROP TABLE invoices;
DROP TABLE order_return_parts;
DROP TABLE order_returns;
