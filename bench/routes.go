package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// sale is a purchase on its way; each measurement takes it one step further.
type sale struct {
	cart    string
	token   string
	session string
	total   int64
	file    string
}

// stock hands sales from one measurement to the next.
type stock struct {
	mu    sync.Mutex
	sales []*sale
}

func (s *stock) add(one *sale) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sales = append(s.sales, one)
}

func (s *stock) get(n int) (*sale, error) {
	if n >= len(s.sales) {
		return nil, errEnough
	}
	return s.sales[n], nil
}

const (
	product = "advisory-structure"
	static  = "a static gin route"
	raw     = "the raw commit of the same rows"
)

// measureShop measures every route on one database.
func measureShop(ctx context.Context, binary, server string, span time.Duration) (table, error) {
	w, err := open(ctx, binary, server, func(*world) error { return nil })
	if err != nil {
		return table{}, err
	}
	defer w.close()
	staticURL, stop, err := startStatic(ctx)
	if err != nil {
		return table{}, err
	}
	defer stop()

	plain, shop := newClient(staticURL), newClient(w.url)
	var p struct {
		Variants []struct{ ID string }
	}
	if err := shop.send(ctx, "GET", "/api/v1/products/"+product, nil, nil, http.StatusOK, &p); err != nil {
		return table{}, err
	}
	var carts, filled, pending, paid stock
	t := table{database: "SQLite"}
	if server != "" {
		t.database = "PostgreSQL"
	}
	for _, m := range []struct {
		name string
		of   string
		ask  func(n int) error
	}{
		{static, "", func(int) error { return plain.send(ctx, "GET", "/", nil, nil, http.StatusOK, nil) }},
		{"catalog JSON", static, func(int) error { return shop.send(ctx, "GET", "/api/v1/products", zipped, nil, http.StatusOK, nil) }},
		{"product page", static, func(int) error { return shop.send(ctx, "GET", "/handbooks/"+product, zipped, nil, http.StatusOK, nil) }},
		{"new cart", "", func(int) error { return newCart(ctx, shop, &carts) }},
		{"add to cart", "", func(n int) error { return addToCart(ctx, shop, &carts, &filled, n, p.Variants[0].ID) }},
		{"checkout", "", func(n int) error { return checkOut(ctx, shop, &filled, &pending, n) }},
		{"webhook → paid", raw, func(n int) error { return pay(ctx, shop, &pending, &paid, n) }},
		{"download link", "", func(n int) error { return download(ctx, shop, &paid, n) }},
	} {
		r, err := load(ctx, m.name, span, m.ask)
		if err != nil {
			return table{}, fmt.Errorf("%s: %w", m.name, err)
		}
		t.rows = append(t.rows, row{result: r, of: m.of})
		if err := settle(ctx, w.database); err != nil {
			return table{}, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	commits, err := measureCommits(ctx, w.database, span)
	if err != nil {
		return table{}, fmt.Errorf("%s: %w", raw, err)
	}
	t.rows = append(t.rows, row{result: commits})
	t.compare()
	return t, nil
}

// compare works out the shares of the rows that stand beside another one.
func (t *table) compare() {
	rates := map[string]float64{}
	for _, r := range t.rows {
		rates[r.name] = r.rate()
	}
	for i := range t.rows {
		if base := rates[t.rows[i].of]; base > 0 {
			t.rows[i].share = t.rows[i].rate() / base
		}
	}
}

func newCart(ctx context.Context, c *client, carts *stock) error {
	var made struct{ ID string }
	if err := c.send(ctx, "POST", "/api/v1/carts", inJSON, nil, http.StatusCreated, &made); err != nil {
		return err
	}
	carts.add(&sale{cart: made.ID})
	return nil
}

func addToCart(ctx context.Context, c *client, carts, filled *stock, n int, variant string) error {
	s, err := carts.get(n)
	if err != nil {
		return err
	}
	if err := c.send(ctx, "PUT", "/api/v1/carts/"+s.cart+"/items/"+variant, inJSON, []byte(`{"quantity":1}`), http.StatusOK, nil); err != nil {
		return err
	}
	filled.add(s)
	return nil
}

func checkOut(ctx context.Context, c *client, filled, pending *stock, n int) error {
	s, err := filled.get(n)
	if err != nil {
		return err
	}
	var done struct {
		Order struct {
			Total struct{ Amount int64 }
		}
		OrderToken string `json:"order_token"`
		PaymentURL string `json:"payment_url"`
	}
	body := fmt.Appendf(nil, `{"email":"reader%d@school.example","name":"A Reader"}`, n)
	if err := c.send(ctx, "POST", "/api/v1/carts/"+s.cart+"/checkout", inJSON, body, http.StatusCreated, &done); err != nil {
		return err
	}
	s.token, s.session, s.total = done.OrderToken, path.Base(done.PaymentURL), done.Order.Total.Amount
	pending.add(s)
	return nil
}

// leave is how many pending orders the raw commits have to work on; the webhook leaves them alone.
const leave = 0.5

func pay(ctx context.Context, c *client, pending, paid *stock, n int) error {
	if float64(n) >= float64(len(pending.sales))*leave {
		return errEnough
	}
	s, err := pending.get(n)
	if err != nil {
		return err
	}
	now := time.Now()
	payload, err := json.Marshal(map[string]any{
		"id": fmt.Sprintf("evt_bench_%d", n), "object": "event", "type": "checkout.session.completed", "api_version": "2023-10-16",
		"created": now.Unix(), "livemode": false,
		"data": map[string]any{"object": map[string]any{
			"id": s.session, "object": "checkout.session", "payment_status": "paid", "status": "complete", "amount_total": s.total,
			"currency": "usd", "payment_intent": fmt.Sprintf("pi_bench_%d", n),
		}},
	})
	if err != nil {
		return err
	}
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: webhookSecret, Timestamp: now})
	if err := c.send(ctx, "POST", "/webhooks/stripe", map[string]string{"Stripe-Signature": signed.Header}, payload, http.StatusOK, nil); err != nil {
		return err
	}
	paid.add(s)
	return nil
}

func download(ctx context.Context, c *client, paid *stock, n int) error {
	s := paid.sales[n%len(paid.sales)]
	if s.file == "" {
		var o struct {
			Items []struct{ Files []struct{ ID string } }
		}
		if err := c.send(ctx, "GET", "/api/v1/orders/"+s.token, nil, nil, http.StatusOK, &o); err != nil {
			return err
		}
		s.file = o.Items[0].Files[0].ID
	}
	return c.send(ctx, "POST", "/api/v1/orders/"+s.token+"/downloads", inJSON, fmt.Appendf(nil, `{"file_id":%q}`, s.file), http.StatusCreated, nil)
}
