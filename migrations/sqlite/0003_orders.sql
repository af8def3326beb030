-- What was ordered, at which price, and the rights and downloads that follow.

-- +goose Up
CREATE TABLE orders (
    sequence        INTEGER   NOT NULL PRIMARY KEY AUTOINCREMENT,
    id              TEXT      NOT NULL UNIQUE,
    number          TEXT      NOT NULL GENERATED ALWAYS AS ('BR-' || (100000 + sequence)) STORED UNIQUE,
    cart_id         TEXT      NOT NULL, -- the cart itself is cleared away after a while
    source          TEXT      NOT NULL CHECK (source IN ('card', 'free')),
    status          TEXT      NOT NULL CHECK (status IN ('pending', 'paid', 'partially_refunded', 'refunded',
                                  'disputed', 'lost', 'expired', 'canceled', 'review')),
    email           TEXT      NOT NULL CHECK (email <> ''),
    name            TEXT      NOT NULL,
    organisation    TEXT      NOT NULL,
    po_number       TEXT      NOT NULL,
    currency        TEXT      NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
    subtotal        BIGINT    NOT NULL CHECK (subtotal >= 0),
    discount        BIGINT    NOT NULL CHECK (discount BETWEEN 0 AND subtotal),
    tax             BIGINT    NOT NULL CHECK (tax >= 0),
    total           BIGINT    NOT NULL CHECK (total = subtotal - discount + tax),
    token_version   INTEGER   NOT NULL CHECK (token_version > 0),
    idempotency_key TEXT      NOT NULL CHECK (idempotency_key <> ''),
    fingerprint     TEXT      NOT NULL,
    session_id      TEXT      NOT NULL DEFAULT '',
    session_state   TEXT      NOT NULL DEFAULT '' CHECK (session_state IN ('', 'open', 'processing', 'closed')),
    payment_url     TEXT      NOT NULL DEFAULT '',
    closed          TEXT      NOT NULL DEFAULT '' CHECK (closed IN ('', 'expired', 'canceled')),
    attention       TEXT      NOT NULL DEFAULT '',
    placed_at       TIMESTAMP NOT NULL,
    expires_at      TIMESTAMP NOT NULL,
    asked_at        TIMESTAMP,
    paid_at         TIMESTAMP,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (cart_id, idempotency_key)
);
CREATE UNIQUE INDEX orders_by_session ON orders (session_id) WHERE session_id <> '';
CREATE INDEX orders_to_ask ON orders (COALESCE(asked_at, placed_at)) WHERE status = 'pending' OR session_state IN ('open', 'processing');

CREATE TABLE order_lines (
    id             TEXT    NOT NULL PRIMARY KEY,
    order_id       TEXT    NOT NULL REFERENCES orders (id),
    position       INTEGER NOT NULL CHECK (position > 0),
    product_id     TEXT    NOT NULL REFERENCES products (id),
    product_slug   TEXT    NOT NULL,
    variant_id     TEXT    NOT NULL REFERENCES variants (id),
    licence        TEXT    NOT NULL CHECK (licence IN ('individual', 'school')),
    sku            TEXT    NOT NULL,
    title          TEXT    NOT NULL,
    edition_number INTEGER NOT NULL CHECK (edition_number >= 0),
    quantity       INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    unit_price     BIGINT  NOT NULL CHECK (unit_price >= 0),
    discount       BIGINT  NOT NULL CHECK (discount BETWEEN 0 AND quantity * unit_price),
    tax            BIGINT  NOT NULL CHECK (tax >= 0),
    total          BIGINT  NOT NULL CHECK (total = quantity * unit_price - discount + tax),
    UNIQUE (order_id, position)
);
CREATE INDEX order_lines_by_product ON order_lines (product_id);
CREATE INDEX order_lines_by_variant ON order_lines (variant_id);

-- One right for each line that was paid for, never two.
CREATE TABLE entitlements (
    id           TEXT      NOT NULL PRIMARY KEY,
    order_id     TEXT      NOT NULL REFERENCES orders (id),
    line_id      TEXT      NOT NULL UNIQUE REFERENCES order_lines (id),
    product_id   TEXT      NOT NULL REFERENCES products (id),
    licence      TEXT      NOT NULL CHECK (licence IN ('individual', 'school')),
    email        TEXT      NOT NULL CHECK (email <> ''),
    organisation TEXT      NOT NULL,
    state        TEXT      NOT NULL CHECK (state IN ('active', 'suspended', 'revoked')),
    downloads    INTEGER   NOT NULL DEFAULT 0 CHECK (downloads >= 0),
    granted_at   TIMESTAMP NOT NULL
);
CREATE INDEX entitlements_by_order ON entitlements (order_id);
CREATE INDEX entitlements_by_product ON entitlements (product_id);

CREATE TABLE downloads (
    id             TEXT      NOT NULL PRIMARY KEY,
    entitlement_id TEXT      NOT NULL REFERENCES entitlements (id),
    order_id       TEXT      NOT NULL REFERENCES orders (id),
    file_id        TEXT      NOT NULL REFERENCES files (id),
    edition_id     TEXT      NOT NULL REFERENCES editions (id),
    issued_at      TIMESTAMP NOT NULL,
    expires_at     TIMESTAMP NOT NULL,
    ip             TEXT      NOT NULL, -- the network only
    agent          TEXT      NOT NULL
);
CREATE INDEX downloads_by_entitlement ON downloads (entitlement_id);
CREATE INDEX downloads_by_order ON downloads (order_id);
CREATE INDEX downloads_by_file ON downloads (file_id);
CREATE INDEX downloads_by_edition ON downloads (edition_id);

-- +goose Down
DROP TABLE downloads;
DROP TABLE entitlements;
DROP TABLE order_lines;
DROP TABLE orders;
