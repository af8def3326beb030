-- What is sold: products with their licences, editions and files.

-- +goose Up
CREATE TABLE products (
    id            TEXT             NOT NULL PRIMARY KEY,
    slug          TEXT             NOT NULL UNIQUE,
    kind          TEXT             NOT NULL CHECK (kind IN ('handbook', 'bundle')),
    status        TEXT             NOT NULL CHECK (status IN ('draft', 'published', 'archived')),
    title         TEXT             NOT NULL CHECK (title <> ''),
    title_key     TEXT COLLATE "C" NOT NULL, -- the title without accents and capitals, to sort by
    subtitle      TEXT             NOT NULL,
    summary       TEXT             NOT NULL,
    description   TEXT             NOT NULL,
    authors       TEXT             NOT NULL, -- JSON list
    language      TEXT             NOT NULL,
    pages         INTEGER          NOT NULL CHECK (pages >= 0),
    tags          TEXT             NOT NULL, -- JSON list
    accessibility TEXT             NOT NULL, -- JSON list
    contents      TEXT             NOT NULL, -- JSON list of {title, page, level}
    price         BIGINT           NOT NULL CHECK (price >= 0), -- of the cheapest licence, to sort by
    published_at  TIMESTAMPTZ      CHECK (published_at IS NOT NULL OR status = 'draft'),
    updated_at    TIMESTAMPTZ      NOT NULL
);
CREATE INDEX products_by_date ON products (published_at DESC, id DESC) WHERE status = 'published';
CREATE INDEX products_by_title ON products (title_key, id) WHERE status = 'published';
CREATE INDEX products_by_price ON products (price, id) WHERE status = 'published';

CREATE TABLE product_facets (
    product_id TEXT    NOT NULL REFERENCES products (id),
    facet      TEXT    NOT NULL CHECK (facet IN ('distinguisher', 'goal')),
    key        TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    PRIMARY KEY (product_id, facet, key)
);
CREATE INDEX product_facets_by_key ON product_facets (facet, key, product_id);

CREATE TABLE variants (
    id         TEXT    NOT NULL PRIMARY KEY,
    product_id TEXT    NOT NULL REFERENCES products (id),
    kind       TEXT    NOT NULL CHECK (kind IN ('individual', 'school')),
    sku        TEXT    NOT NULL,
    amount     BIGINT  NOT NULL CHECK (amount >= 0),
    currency   TEXT    NOT NULL CHECK (length(currency) = 3 AND currency = lower(currency)),
    on_sale    BOOLEAN NOT NULL, -- false once the licence was withdrawn; carts and orders still name it
    UNIQUE (product_id, kind)
);

CREATE TABLE editions (
    id           TEXT        NOT NULL PRIMARY KEY,
    product_id   TEXT        NOT NULL REFERENCES products (id),
    number       INTEGER     NOT NULL CHECK (number > 0),
    notes        TEXT        NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    UNIQUE (product_id, number)
);

CREATE TABLE files (
    id           TEXT    NOT NULL PRIMARY KEY,
    edition_id   TEXT    NOT NULL REFERENCES editions (id),
    position     INTEGER NOT NULL,
    name         TEXT    NOT NULL CHECK (name <> ''),
    content_type TEXT    NOT NULL,
    size         BIGINT  NOT NULL CHECK (size >= 0),
    sha256       TEXT    NOT NULL CHECK (length(sha256) = 64),
    key          TEXT    NOT NULL CHECK (key <> ''),
    UNIQUE (edition_id, name),
    UNIQUE (edition_id, position)
);

CREATE TABLE bundle_parts (
    bundle_id  TEXT    NOT NULL REFERENCES products (id),
    product_id TEXT    NOT NULL REFERENCES products (id),
    position   INTEGER NOT NULL,
    PRIMARY KEY (bundle_id, product_id),
    UNIQUE (bundle_id, position),
    CHECK (bundle_id <> product_id)
);
CREATE INDEX bundle_parts_by_product ON bundle_parts (product_id);

-- The words of a product, folded by the program, so that both databases find the same. The weights
-- A to D are title, tags, summary and contents.
CREATE TABLE product_search (
    product_id TEXT     NOT NULL PRIMARY KEY REFERENCES products (id),
    document   TSVECTOR NOT NULL
);
CREATE INDEX product_search_words ON product_search USING gin (document);

-- One row. The version grows with every change of the tables above.
CREATE TABLE catalog_versions (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL
);
INSERT INTO catalog_versions (id, version) VALUES (1, 0);

-- +goose Down
DROP TABLE catalog_versions;
DROP TABLE product_search;
DROP TABLE bundle_parts;
DROP TABLE files;
DROP TABLE editions;
DROP TABLE variants;
DROP TABLE product_facets;
DROP TABLE products;
