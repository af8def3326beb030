-- The language in which the shop writes to a buyer.

-- +goose Up
ALTER TABLE orders ADD COLUMN language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es'));

-- +goose Down
ALTER TABLE orders DROP COLUMN language;
