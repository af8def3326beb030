package stripetest

// account is whose key it is. Every key belongs to the same one.
type account struct {
	ID               string   `json:"id"`
	Object           string   `json:"object"`
	ChargesEnabled   bool     `json:"charges_enabled"`
	Country          string   `json:"country"`
	DefaultCurrency  string   `json:"default_currency"`
	DetailsSubmitted bool     `json:"details_submitted"`
	Email            string   `json:"email"`
	Metadata         metadata `json:"metadata"`
	PayoutsEnabled   bool     `json:"payouts_enabled"`
	Type             string   `json:"type"`
}

// showAccount is GET /v1/account.
func showAccount(_ *state, c *call) (any, error) {
	return &account{
		ID: "acct_simulator", Object: "account", ChargesEnabled: true, Country: "US", DefaultCurrency: "usd",
		DetailsSubmitted: true, Email: "stripe-simulator@example.com", Metadata: metadata{}, PayoutsEnabled: true, Type: "standard",
	}, c.form.done()
}

// endpoint is where the events go.
type endpoint struct{ url, secret string }

// webhookEndpoint is how the API shows it. Stripe tells the secret only once,
// at the creation: the simulator never.
type webhookEndpoint struct {
	ID            string   `json:"id"`
	Object        string   `json:"object"`
	APIVersion    string   `json:"api_version"`
	Created       int64    `json:"created"`
	EnabledEvents []string `json:"enabled_events"`
	Livemode      bool     `json:"livemode"`
	Metadata      metadata `json:"metadata"`
	Status        string   `json:"status"`
	URL           string   `json:"url"`
}

func (e *webhookEndpoint) key() string     { return e.ID }
func (e *webhookEndpoint) view(*state) any { return e }

// listEndpoints is GET /v1/webhook_endpoints.
func (s *Server) listEndpoints(st *state, c *call) (any, error) {
	return paginate(st, c, func(yield func(*webhookEndpoint) bool) {
		if s.endpoint.url == "" {
			return
		}
		yield(&webhookEndpoint{
			ID: "we_simulator", Object: "webhook_endpoint", APIVersion: APIVersion, Created: s.started,
			EnabledEvents: []string{"*"}, Metadata: metadata{}, Status: "enabled", URL: s.endpoint.url,
		})
	}, func(*webhookEndpoint) bool { return true })
}
