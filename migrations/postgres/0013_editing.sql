-- What the editor of products needs: a version against edits that would overwrite each other, a moment at
-- which a draft is to be published, and for each handbook of a bundle whose it is.

-- +goose Up
ALTER TABLE products ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0); -- grows with every change
ALTER TABLE products ADD COLUMN publish_at TIMESTAMPTZ CHECK (publish_at IS NULL OR status = 'draft');
CREATE INDEX products_to_publish ON products (publish_at) WHERE publish_at IS NOT NULL;
CREATE INDEX products_by_change ON products (updated_at DESC, id DESC);

CREATE TABLE bundle_parts_in_time (
    id         TEXT      NOT NULL PRIMARY KEY,
    bundle_id  TEXT      NOT NULL REFERENCES products (id),
    product_id TEXT      NOT NULL REFERENCES products (id),
    position   INTEGER   NOT NULL,
    since      TIMESTAMPTZ, -- orders placed before it do not reach the handbook; NULL: every order does
    until      TIMESTAMPTZ, -- when it was taken out: orders placed before it keep it; NULL: it is in the bundle
    CHECK (bundle_id <> product_id)
);
INSERT INTO bundle_parts_in_time (id, bundle_id, product_id, position)
    SELECT bundle_id || ':' || product_id, bundle_id, product_id, position FROM bundle_parts;
DROP TABLE bundle_parts;
ALTER TABLE bundle_parts_in_time RENAME TO bundle_parts;
CREATE INDEX bundle_parts_by_bundle ON bundle_parts (bundle_id, position);
CREATE INDEX bundle_parts_by_product ON bundle_parts (product_id);
CREATE UNIQUE INDEX bundle_parts_present ON bundle_parts (bundle_id, product_id) WHERE until IS NULL;

-- +goose Down
DELETE FROM bundle_parts WHERE until IS NOT NULL;
CREATE TABLE bundle_parts_now (
    bundle_id  TEXT    NOT NULL REFERENCES products (id),
    product_id TEXT    NOT NULL REFERENCES products (id),
    position   INTEGER NOT NULL,
    PRIMARY KEY (bundle_id, product_id),
    UNIQUE (bundle_id, position),
    CHECK (bundle_id <> product_id)
);
INSERT INTO bundle_parts_now (bundle_id, product_id, position) SELECT bundle_id, product_id, position FROM bundle_parts;
DROP TABLE bundle_parts;
ALTER TABLE bundle_parts_now RENAME TO bundle_parts;
CREATE INDEX bundle_parts_by_product ON bundle_parts (product_id);

DROP INDEX products_by_change;
DROP INDEX products_to_publish;
ALTER TABLE products DROP COLUMN publish_at;
ALTER TABLE products DROP COLUMN version;
