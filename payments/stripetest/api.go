package stripetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// call is one request to the API.
type call struct {
	path   string
	id     string // the object that the path names, if any
	form   *form
	expand []string
	base   string // where a browser reaches the simulator
}

// query answers a call that changes nothing, command one that does. What they
// return is an object or something to show as it is.
type (
	query   func(*state, *call) (any, error)
	command func(*change, *call) (any, error)
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, q query) { mux.Handle("GET "+path, s.guard(s.query(q))) }
	post := func(path string, c command) { mux.Handle("POST "+path, s.guard(s.command(c))) }

	post("/v1/checkout/sessions", s.createSession)
	get("/v1/checkout/sessions", listSessions)
	get("/v1/checkout/sessions/{id}", retrieve("checkout.session", func(st *state) *table[*session] { return &st.sessions }))
	post("/v1/checkout/sessions/{id}/expire", expireSession)
	get("/v1/checkout/sessions/{id}/line_items", listLines)

	get("/v1/payment_intents", listIntents)
	get("/v1/payment_intents/{id}", retrieve("payment_intent", func(st *state) *table[*intent] { return &st.intents }))
	get("/v1/charges", listCharges)
	get("/v1/charges/{id}", retrieve("charge", func(st *state) *table[*charge] { return &st.charges }))

	post("/v1/refunds", createRefund)
	get("/v1/refunds", listRefunds)
	get("/v1/refunds/{id}", retrieve("refund", func(st *state) *table[*refund] { return &st.refunds }))
	post("/v1/refunds/{id}", updateRefund)

	get("/v1/disputes", listDisputes)
	get("/v1/disputes/{id}", retrieve("dispute", func(st *state) *table[*dispute] { return &st.disputes }))
	post("/v1/disputes/{id}", updateDispute)
	post("/v1/disputes/{id}/close", closeDispute)

	get("/v1/payouts", listPayouts)
	get("/v1/payouts/{id}", retrieve("payout", func(st *state) *table[*payout] { return &st.payouts }))
	get("/v1/balance", showBalance)
	get("/v1/balance_transactions", listTransactions)
	get("/v1/balance_transactions/{id}", retrieve("balance_transaction", func(st *state) *table[*transaction] { return &st.transactions }))

	get("/v1/events", listEvents)
	get("/v1/events/{id}", retrieve("event", func(st *state) *table[*event] { return &st.events }))
	get("/v1/account", showAccount)
	get("/v1/webhook_endpoints", s.listEndpoints)

	mux.Handle("/v1/", s.guard(func(w http.ResponseWriter, r *http.Request, _ *call) {
		e := invalid("", "Unrecognized request URL (%s: %s).", r.Method, r.URL.Path)
		e.status = http.StatusNotFound
		s.writeError(w, e)
	}))

	mux.HandleFunc("GET /c/pay/{id}", s.showPayment)
	mux.HandleFunc("POST /c/pay/{id}", s.takePayment)
	mux.Handle("/_stripe/", s.controls())
	return mux
}

// guard does what Stripe does with every request before it looks at it: key,
// version, parameters. It also plays the faults.
func (s *Server) guard(next func(http.ResponseWriter, *http.Request, *call)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Request-Id", newID("req"))
		head.Set("Stripe-Version", APIVersion)
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			head.Set("Idempotency-Key", key)
		}
		if err := authorize(r); err != nil {
			s.writeError(w, err)
			return
		}
		if err := r.ParseForm(); err != nil {
			s.writeError(w, invalid("", "The request could not be read: %v", err))
			return
		}
		c := &call{path: r.URL.Path, id: r.PathValue("id"), form: newForm(r.Form), base: s.publicURL(r)}
		c.expand = c.form.list("expand")
		s.withFault(w, r, func(w http.ResponseWriter) { next(w, r, c) })
	})
}

func authorize(r *http.Request) error {
	key, _, ok := r.BasicAuth()
	if !ok {
		key, ok = strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	}
	switch {
	case !ok || key == "":
		return unauthorized("You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').")
	case strings.HasPrefix(key, "sk_live_"), strings.HasPrefix(key, "rk_live_"):
		return unauthorized("This is the Stripe simulator: it refuses live keys. Use a test key (sk_test_…), or talk to Stripe itself.")
	case !strings.HasPrefix(key, "sk_test_") && !strings.HasPrefix(key, "rk_test_"):
		return unauthorized("Invalid API Key provided. The Stripe simulator accepts any key that begins with sk_test_ or rk_test_.")
	}
	if version := r.Header.Get("Stripe-Version"); version != "" && version != APIVersion {
		return invalid("", "Invalid Stripe API version: %s. The Stripe simulator speaks %s.", version, APIVersion)
	}
	return nil
}

func (s *Server) publicURL(r *http.Request) string {
	if s.opts.PublicURL != "" {
		return strings.TrimSuffix(s.opts.PublicURL, "/")
	}
	return "http://" + r.Host
}

func (s *Server) query(run query) func(http.ResponseWriter, *http.Request, *call) {
	return func(w http.ResponseWriter, _ *http.Request, c *call) {
		var body []byte
		var err error
		lost := s.read(func(st *state) {
			var shown any
			if shown, err = run(st, c); err == nil {
				body, err = st.render(shown, c.expand)
			}
		})
		if err = errors.Join(lost, err); err != nil {
			s.writeError(w, err)
			return
		}
		s.writeJSON(w, http.StatusOK, body)
	}
}

func (s *Server) command(run command) func(http.ResponseWriter, *http.Request, *call) {
	return func(w http.ResponseWriter, r *http.Request, c *call) {
		asked := question{
			key: r.Header.Get("Idempotency-Key"), path: r.URL.Path, fingerprint: fingerprint(r),
			requestID: w.Header().Get("Request-Id"),
		}
		var answer *reply
		var replayed bool
		var refused error
		lost := s.change(cause{requestID: asked.requestID, idempotencyKey: asked.key}, func(ch *change) {
			answer, refused = ch.replyTo(asked)
			if answer != nil || refused != nil {
				replayed = true
				return
			}
			answer = ch.answer(asked, func() (any, error) { return run(ch, c) }, c.expand)
		})
		if err := errors.Join(lost, refused); err != nil {
			s.writeError(w, err)
			return
		}
		if replayed {
			w.Header().Set("Idempotent-Replayed", "true")
			w.Header().Set("Original-Request", answer.RequestID)
		}
		s.writeJSON(w, answer.Status, answer.Body)
	}
}

// question is what makes two requests the same request.
type question struct {
	key, path, fingerprint, requestID string
}

func fingerprint(r *http.Request) string {
	sum := sha256.Sum256([]byte(r.Form.Encode()))
	return hex.EncodeToString(sum[:])
}

// reply is the answer kept for an idempotency key.
type reply struct {
	ID          string          `json:"id"`
	Path        string          `json:"path"`
	Fingerprint string          `json:"fingerprint"`
	RequestID   string          `json:"request_id"`
	Created     int64           `json:"created"`
	Status      int             `json:"status"`
	Body        json.RawMessage `json:"body"`
}

func (r *reply) key() string     { return r.ID }
func (r *reply) view(*state) any { return r }

const replyLifetime = 24 * time.Hour

// replyTo returns the kept answer if the same request was made before with the
// same key, an error if another request was, and neither for a new key.
func (ch *change) replyTo(q question) (*reply, error) {
	if len(q.key) > 255 {
		return nil, invalid("", "Idempotency keys can have up to 255 characters.")
	}
	kept, ok := ch.replies.get("reply_" + q.key)
	switch {
	case q.key == "" || !ok || kept.Created+int64(replyLifetime/time.Second) <= ch.now():
		return nil, nil
	case kept.Path != q.path:
		return nil, keyReused("Keys for idempotent requests can only be used for the same endpoint they were first used for ('%s' vs '%s'). Try using a key other than '%s' if you meant to execute a different request.", q.path, kept.Path, q.key)
	case kept.Fingerprint != q.fingerprint:
		return nil, keyReused("Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '%s' if you meant to execute a different request.", q.key)
	}
	return kept, nil
}

// answer runs a request and keeps the answer for its idempotency key, unless
// the request failed before it began.
func (ch *change) answer(q question, run func() (any, error), expand []string) *reply {
	r := &reply{
		ID: "reply_" + q.key, Path: q.path, Fingerprint: q.fingerprint, RequestID: q.requestID,
		Created: ch.now(), Status: http.StatusOK,
	}
	keep := true
	err := ch.try(func() error {
		shown, err := run()
		if err == nil {
			r.Body, err = ch.render(shown, expand)
		}
		return err
	})
	if err != nil {
		e := asAPIError(err)
		r.Status, r.Body, keep = e.status, errorBody(e), e.begun
	}
	if keep && q.key != "" {
		ch.put(r)
	}
	return r
}

// retrieve answers with one object of a table.
func retrieve[T object](noun string, pick func(*state) *table[T]) query {
	return func(st *state, c *call) (any, error) {
		o, ok := pick(st).get(c.id)
		if !ok {
			return nil, noSuch(noun, c.id)
		}
		return o, c.form.done()
	}
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.Debug("the client went away", "error", err)
	}
}

func (s *Server) writeError(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	s.writeJSON(w, e.status, errorBody(e))
}

func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return unexpected("The Stripe simulator failed: " + err.Error())
}

func errorBody(e *apiError) []byte {
	body, err := json.Marshal(map[string]*apiError{"error": e})
	if err != nil {
		panic("stripetest: an error that cannot be written: " + err.Error())
	}
	return body
}
