-- What staff decide of the shop, and how much was ordered, paid, refunded and downloaded.

-- +goose Up
CREATE TABLE settings (
    key        TEXT      NOT NULL PRIMARY KEY CHECK (key <> ''),
    value      TEXT      NOT NULL, -- JSON
    updated_at TIMESTAMPTZ NOT NULL
);

-- One row. The version grows with every change of the settings.
CREATE TABLE settings_versions (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL
);
INSERT INTO settings_versions (id, version) VALUES (1, 0);

-- Money that came in and went back, as it happened. A refund that failed after it had been counted is one below zero.
CREATE TABLE money_movements (
    payment_intent_id TEXT      NOT NULL,
    position          INTEGER   NOT NULL CHECK (position > 0), -- within the payment
    order_id          TEXT      NOT NULL REFERENCES orders (id),
    kind              TEXT      NOT NULL CHECK (kind IN ('payment', 'refund')),
    at                TIMESTAMPTZ NOT NULL,
    amount            BIGINT    NOT NULL CHECK (amount > 0 OR kind = 'refund'),
    currency          TEXT      NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
    PRIMARY KEY (payment_intent_id, position)
);
CREATE INDEX money_movements_by_order ON money_movements (order_id);
CREATE INDEX money_movements_by_time ON money_movements (at);

-- What happened and is not in figure_sums yet. Triggers write it, so that nothing is forgotten, however it is written.
CREATE TABLE figure_slips (
    id       BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    figure   TEXT      NOT NULL,
    at       TIMESTAMPTZ NOT NULL,
    currency TEXT      NOT NULL, -- empty where no money is counted
    count    BIGINT    NOT NULL,
    amount   BIGINT    NOT NULL
);

-- Slips added up: by quarters of an hour, which every zone's days are made of, and by whole days of UTC.
CREATE TABLE figure_sums (
    span     INTEGER NOT NULL CHECK (span IN (1, 96)), -- quarters of an hour
    day      BIGINT  NOT NULL, -- of UTC since 1970
    quarter  INTEGER NOT NULL CHECK (quarter >= 0 AND quarter + span <= 96), -- of the day, at which the span begins
    figure   TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    count    BIGINT  NOT NULL,
    amount   BIGINT  NOT NULL,
    PRIMARY KEY (span, day, quarter, figure, currency)
);

-- +goose StatementBegin
CREATE FUNCTION count_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.paid_at IS NOT NULL THEN
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES ('order', OLD.paid_at, '', -1, 0);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.paid_at IS NOT NULL THEN
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES ('order', NEW.paid_at, '', 1, 0);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER orders_are_counted AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION count_order();
CREATE TRIGGER orders_are_counted_anew AFTER UPDATE OF paid_at ON orders FOR EACH ROW
    WHEN (OLD.paid_at IS DISTINCT FROM NEW.paid_at) EXECUTE FUNCTION count_order();

-- +goose StatementBegin
CREATE FUNCTION count_movement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES (OLD.kind, OLD.at, OLD.currency, -1, -OLD.amount);
    ELSE
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES (NEW.kind, NEW.at, NEW.currency, 1, NEW.amount);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER movements_are_counted AFTER INSERT OR DELETE ON money_movements FOR EACH ROW EXECUTE FUNCTION count_movement();

-- +goose StatementBegin
CREATE FUNCTION count_download() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES ('download', OLD.issued_at, '', -1, 0);
    ELSE
        INSERT INTO figure_slips (figure, at, currency, count, amount) VALUES ('download', NEW.issued_at, '', 1, 0);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER downloads_are_counted AFTER INSERT OR DELETE ON downloads FOR EACH ROW EXECUTE FUNCTION count_download();

INSERT INTO figure_slips (figure, at, currency, count, amount) SELECT 'order', paid_at, '', 1, 0 FROM orders WHERE paid_at IS NOT NULL;
INSERT INTO figure_slips (figure, at, currency, count, amount) SELECT 'download', issued_at, '', 1, 0 FROM downloads;

-- Movements from before: payments; refunds as their events told of them, each a growth of the charge's figure; and what
-- then lacks to what has gone back, which is refunds that failed.
INSERT INTO money_movements (payment_intent_id, position, order_id, kind, at, amount, currency)
SELECT payment_intent_id, 1, order_id, 'payment', paid_at, amount, currency FROM payments WHERE paid_at IS NOT NULL AND amount > 0;

INSERT INTO money_movements (payment_intent_id, position, order_id, kind, at, amount, currency)
SELECT payment_intent_id, 1 + ROW_NUMBER() OVER (PARTITION BY payment_intent_id ORDER BY at, told), order_id, 'refund', at, told - before, currency
FROM (
    SELECT e.payment_intent_id, p.order_id, e.at, e.amount AS told, p.currency,
        LAG(e.amount, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY e.payment_intent_id ORDER BY e.at, e.amount) AS before
    FROM payment_events e JOIN payments p ON p.payment_intent_id = e.payment_intent_id
    WHERE e.kind = 'charge_refunded' AND e.outcome = 'applied' AND e.at <= p.refunded_as_of
) told_events
WHERE told <> before;

INSERT INTO money_movements (payment_intent_id, position, order_id, kind, at, amount, currency)
SELECT payment_intent_id, position + 1, order_id, 'refund', at, back - counted, currency
FROM (
    SELECT p.payment_intent_id, p.order_id, p.currency,
        GREATEST(p.refunded - COALESCE((SELECT SUM(r.amount) FROM refunds r WHERE r.payment_intent_id = p.payment_intent_id AND r.failed_at >= p.refunded_as_of), 0), 0) AS back,
        COALESCE((SELECT SUM(m.amount) FROM money_movements m WHERE m.payment_intent_id = p.payment_intent_id AND m.kind = 'refund'), 0) AS counted,
        COALESCE((SELECT MAX(m.position) FROM money_movements m WHERE m.payment_intent_id = p.payment_intent_id), 0) AS position,
        COALESCE((SELECT MAX(r.failed_at) FROM refunds r WHERE r.payment_intent_id = p.payment_intent_id AND r.failed_at >= p.refunded_as_of), p.refunded_as_of) AS at
    FROM payments p WHERE p.refunded_as_of IS NOT NULL
) totals
WHERE back <> counted;

-- What the desk looks for first, and what reports go by.
CREATE INDEX orders_in_trouble ON orders (sequence) WHERE status = 'review' OR attention <> '';
CREATE INDEX orders_by_payment ON orders (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX disputes_open ON disputes (id) WHERE status = 'open';
CREATE INDEX jobs_failed ON jobs (finished_at) WHERE state = 'failed';

-- +goose Down
DROP INDEX jobs_failed;
DROP INDEX disputes_open;
DROP INDEX orders_by_payment;
DROP INDEX orders_in_trouble;
DROP TRIGGER downloads_are_counted ON downloads;
DROP TRIGGER orders_are_counted_anew ON orders;
DROP TRIGGER orders_are_counted ON orders;
DROP TABLE figure_sums;
DROP TABLE money_movements;
DROP TABLE figure_slips;
DROP FUNCTION count_download;
DROP FUNCTION count_movement;
DROP FUNCTION count_order;
DROP TABLE settings_versions;
DROP TABLE settings;
