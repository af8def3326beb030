-- What the payment provider told us, and what it comes to for each order.

-- +goose Up
-- The primary key is the rule that one event is applied once.
CREATE TABLE payment_events (
    id                 TEXT      NOT NULL PRIMARY KEY,
    type               TEXT      NOT NULL,
    kind               TEXT      NOT NULL,
    source             TEXT      NOT NULL CHECK (source IN ('webhook', 'return', 'sweep')),
    livemode           BOOLEAN   NOT NULL,
    outcome            TEXT      NOT NULL CHECK (outcome IN ('applied', 'ignored', 'unmatched')),
    order_id           TEXT      REFERENCES orders (id) CHECK (order_id IS NOT NULL OR outcome <> 'applied'),
    session_id         TEXT      NOT NULL,
    payment_intent_id  TEXT      NOT NULL,
    charge_id          TEXT      NOT NULL,
    amount             BIGINT    NOT NULL,
    tax                BIGINT    NOT NULL,
    currency           TEXT      NOT NULL,
    refund_id          TEXT      NOT NULL,
    dispute_id         TEXT      NOT NULL,
    dispute_status     TEXT      NOT NULL,
    dispute_amount     BIGINT    NOT NULL,
    dispute_reason     TEXT      NOT NULL,
    dispute_updated_at TIMESTAMP,
    payload            BLOB      NOT NULL, -- as received, without the addresses of a session
    at                 TIMESTAMP NOT NULL,
    received_at        TIMESTAMP NOT NULL
);
CREATE INDEX payment_events_by_order ON payment_events (order_id);
CREATE INDEX payment_events_unmatched ON payment_events (payment_intent_id) WHERE outcome = 'unmatched';

CREATE TABLE payments (
    payment_intent_id TEXT      NOT NULL PRIMARY KEY CHECK (payment_intent_id <> ''),
    order_id          TEXT      NOT NULL REFERENCES orders (id),
    charge_id         TEXT      NOT NULL,
    session_id        TEXT      NOT NULL,
    amount            BIGINT    NOT NULL CHECK (amount >= 0),
    tax               BIGINT    NOT NULL,
    currency          TEXT      NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
    paid_at           TIMESTAMP, -- NULL while only a refund was heard of
    matches           BOOLEAN   NOT NULL,
    refunded          BIGINT    NOT NULL CHECK (refunded >= 0),
    refunded_as_of    TIMESTAMP
);
CREATE INDEX payments_by_order ON payments (order_id);

-- Refunds that failed after they had been counted.
CREATE TABLE refunds (
    id                TEXT      NOT NULL PRIMARY KEY,
    order_id          TEXT      NOT NULL REFERENCES orders (id),
    payment_intent_id TEXT      NOT NULL,
    amount            BIGINT    NOT NULL CHECK (amount >= 0),
    failed_at         TIMESTAMP NOT NULL
);
CREATE INDEX refunds_by_order ON refunds (order_id);

CREATE TABLE disputes (
    id                TEXT      NOT NULL PRIMARY KEY,
    order_id          TEXT      NOT NULL REFERENCES orders (id),
    payment_intent_id TEXT      NOT NULL,
    status            TEXT      NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    amount            BIGINT    NOT NULL CHECK (amount >= 0),
    reason            TEXT      NOT NULL,
    updated_at        TIMESTAMP NOT NULL
);
CREATE INDEX disputes_by_order ON disputes (order_id);

-- +goose Down
DROP TABLE disputes;
DROP TABLE refunds;
DROP TABLE payments;
DROP TABLE payment_events;
