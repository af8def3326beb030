-- What people have put together. A cart holds no prices.

-- +goose Up
CREATE TABLE carts (
    id         TEXT        NOT NULL PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX carts_by_age ON carts (updated_at);

CREATE TABLE cart_items (
    cart_id    TEXT    NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    variant_id TEXT    NOT NULL REFERENCES variants (id),
    position   INTEGER NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    PRIMARY KEY (cart_id, variant_id)
);
CREATE INDEX cart_items_by_variant ON cart_items (variant_id);

-- +goose Down
DROP TABLE cart_items;
DROP TABLE carts;
