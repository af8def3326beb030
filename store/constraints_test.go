package store_test

import (
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// The database keeps the rules even when the Go code is wrong.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		paid := storetest.MustPaidOrder(t, s, storetest.Advisory)
		pending := storetest.MustOrder(t, s, storetest.Advisory)
		names := strings.NewReplacer("PAID", paid.ID, "PENDING", pending.ID, "LINE", paid.Lines[0].ID, "NOW", "2026-03-14 09:26:53+00:00")
		for name, statement := range map[string]string{
			"an event twice":               `INSERT INTO payment_events SELECT * FROM payment_events WHERE order_id = 'PAID'`,
			"an applied event of none":     `UPDATE payment_events SET order_id = NULL WHERE order_id = 'PAID'`,
			"an unknown outcome":           `UPDATE payment_events SET outcome = 'duplicate'`,
			"a second right of a line":     `INSERT INTO entitlements SELECT 'other', order_id, line_id, product_id, licence, email, organisation, state, 0, granted_at FROM entitlements WHERE line_id = 'LINE'`,
			"a right of no line":           `UPDATE entitlements SET line_id = 'none' WHERE line_id = 'LINE'`,
			"an unknown state":             `UPDATE entitlements SET state = 'lent'`,
			"downloads below zero":         `UPDATE entitlements SET downloads = -1`,
			"a payment without intent":     `UPDATE payments SET payment_intent_id = ''`,
			"a payment below zero":         `UPDATE payments SET amount = -1`,
			"a refund below zero":          `UPDATE payments SET refunded = -1`,
			"a payment of no order":        `UPDATE payments SET order_id = 'none'`,
			"an unknown status":            `UPDATE orders SET status = 'shipped'`,
			"a status that closes":         `UPDATE orders SET closed = 'paid'`,
			"a session of two orders":      `UPDATE orders SET session_id = 'cs_PAID' WHERE id = 'PENDING'`,
			"a number of one's own":        `UPDATE orders SET number = 'BR-1' WHERE id = 'PENDING'`,
			"a total that does not add":    `UPDATE orders SET total = total - 1`,
			"a discount above the price":   `UPDATE orders SET discount = subtotal + 1, total = -1`,
			"a tax below zero":             `UPDATE orders SET tax = -1, total = subtotal - discount - 1`,
			"a currency in capitals":       `UPDATE orders SET currency = 'USD'`,
			"a currency of two letters":    `UPDATE orders SET currency = 'us'`,
			"a key of two orders":          `UPDATE orders SET cart_id = 'same', idempotency_key = 'same'`,
			"a line that does not add":     `UPDATE order_lines SET total = total + 1`,
			"a line of none":               `UPDATE order_lines SET quantity = 0, total = 0`,
			"a line of too many":           `UPDATE order_lines SET quantity = 101, total = 101 * unit_price`,
			"an order with its lines":      `DELETE FROM orders`,
			"a cart item of too many":      `UPDATE cart_items SET quantity = 101`,
			"a cart item of none":          `UPDATE cart_items SET quantity = 0`,
			"a gift in a cart below zero":  `UPDATE cart_items SET amount = -1`,
			"a price seen below zero":      `UPDATE cart_items SET seen = -1`,
			"a donation of nothing":        `INSERT INTO cart_donations SELECT MIN(id), 0, 'usd' FROM carts`,
			"a donation to no cart":        `INSERT INTO cart_donations VALUES ('none', 500, 'usd')`,
			"a suggestion of the price":    `UPDATE variants SET suggested = amount WHERE amount > 0`,
			"a suggestion below the price": `UPDATE variants SET suggested = -1`,
			"support above the price":      `UPDATE order_lines SET support = unit_price + 1`,
			"support below zero":           `UPDATE order_lines SET support = -1`,
			"a donation above the order":   `UPDATE orders SET donation = subtotal + 1`,
			"a donation below zero":        `UPDATE orders SET donation = -1`,
			"a discount off the donation":  `UPDATE orders SET donation = subtotal, discount = 1, total = total - 1`,
			"a job twice":                  `INSERT INTO jobs (kind, key, subject, detail, run_at) SELECT kind, key, subject, detail, run_at FROM jobs`,
			"a job that ended never":       `UPDATE jobs SET state = 'done'`,
			"a slug of two products":       `UPDATE products SET slug = 'same'`,
			"a product of another kind":    `UPDATE products SET kind = 'poster'`,
			"a published date missing":     `UPDATE products SET published_at = NULL`,
			"two licences of a kind":       `UPDATE variants SET kind = 'school'`,
			"a price below zero":           `UPDATE variants SET amount = -1`,
			"an edition twice":             `UPDATE editions SET product_id = (SELECT MIN(product_id) FROM editions)`,
			"an edition of zero":           `UPDATE editions SET number = 0`,
			"a short digest":               `UPDATE files SET sha256 = 'abc'`,
			"a bundle in itself":           `UPDATE bundle_parts SET product_id = bundle_id`,
			"a handbook twice in a bundle": `INSERT INTO bundle_parts (id, bundle_id, product_id, position) SELECT 'other', bundle_id, product_id, 9 FROM bundle_parts`,
			"a plan for what is published": `UPDATE products SET publish_at = 'NOW' WHERE status = 'published'`,
			"a product's version of zero":  `UPDATE products SET version = 0`,
			"a second catalog version":     `INSERT INTO catalog_versions (id, version) VALUES (2, 0)`,
			"a licence that was ordered":   `DELETE FROM variants`,
			"a handbook of a bundle":       `DELETE FROM products`,
			"a download of no right":       `INSERT INTO downloads SELECT 'd', 'none', 'PAID', f.id, f.edition_id, 'NOW', 'NOW', '', '' FROM files f`,
			"a dispute of another state":   `INSERT INTO disputes VALUES ('dp', 'PAID', 'pi', 'maybe', 1, '', 'NOW')`,
		} {
			t.Run(name, func(t *testing.T) {
				_, err := pool(t, s).Exec(names.Replace(statement))
				if err == nil {
					t.Fatal("it was taken")
				}
				for _, mistake := range []string{"syntax", "no such", "does not exist", "datatype", "of type"} {
					if strings.Contains(err.Error(), mistake) {
						t.Errorf("the statement itself is wrong: %v", err)
					}
				}
			})
		}
		if got := mustOrder(t, s, paid.ID); got.Status != shop.Paid {
			t.Errorf("the order is %s", got.Status)
		}
	})
}
