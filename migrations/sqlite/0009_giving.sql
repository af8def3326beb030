-- Paying more than the price, giving beside it, and the price that a buyer has seen.

-- +goose Up
ALTER TABLE variants ADD COLUMN suggested BIGINT NOT NULL DEFAULT 0 CHECK (suggested = 0 OR suggested > amount); -- 0: the price is fixed

ALTER TABLE cart_items ADD COLUMN amount BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0); -- chosen for each licence; 0 is the price
ALTER TABLE cart_items ADD COLUMN seen BIGINT NOT NULL DEFAULT 0 CHECK (seen >= 0); -- the price when it was put in or changed
ALTER TABLE cart_items ADD COLUMN currency TEXT NOT NULL DEFAULT ''; -- of both; empty where they are not known
UPDATE cart_items SET
    seen = (SELECT v.amount FROM variants v WHERE v.id = cart_items.variant_id),
    currency = (SELECT v.currency FROM variants v WHERE v.id = cart_items.variant_id);

-- A table of its own: a payment takes the donation out of the cart while a checkout may hold the cart's row.
CREATE TABLE cart_donations (
    cart_id  TEXT   NOT NULL PRIMARY KEY REFERENCES carts (id) ON DELETE CASCADE,
    amount   BIGINT NOT NULL CHECK (amount > 0),
    currency TEXT   NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency))
);

ALTER TABLE order_lines ADD COLUMN support BIGINT NOT NULL DEFAULT 0 CHECK (support BETWEEN 0 AND unit_price); -- of the unit price, what is above the price
ALTER TABLE orders ADD COLUMN donation BIGINT NOT NULL DEFAULT 0 CHECK (donation BETWEEN 0 AND subtotal - discount); -- of the subtotal

-- +goose Down
ALTER TABLE orders DROP COLUMN donation;
ALTER TABLE order_lines DROP COLUMN support;
DROP TABLE cart_donations;
ALTER TABLE cart_items DROP COLUMN currency;
ALTER TABLE cart_items DROP COLUMN seen;
ALTER TABLE cart_items DROP COLUMN amount;
ALTER TABLE variants DROP COLUMN suggested;
