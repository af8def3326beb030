package stripetest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// event tells the webhook of something that happened.
type event struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            eventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int64        `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

// eventData holds the object as it was when the event happened.
type eventData struct {
	Object             json.RawMessage `json:"object"`
	PreviousAttributes map[string]any  `json:"previous_attributes,omitempty"`
}

type eventRequest struct {
	ID             text `json:"id"`
	IdempotencyKey text `json:"idempotency_key"`
}

func (e *event) key() string { return e.ID }

func (e *event) view(st *state) any {
	shown := *e
	shown.PendingWebhooks = 0
	if st.pending[deliveryID(e.ID)] {
		shown.PendingWebhooks = 1
	}
	return &shown
}

// The states of a delivery.
const (
	deliveryPending   = "pending"
	deliveryDelivered = "delivered"
	deliveryDropped   = "dropped" // by a fault: it is never sent
)

// delivery is how far an event came on its way to the webhook. An event that
// happened while there was no webhook has none.
type delivery struct {
	ID         string `json:"id"`
	Event      string `json:"event"`
	Status     string `json:"status"`
	Attempts   int    `json:"attempts"`
	LastStatus int    `json:"last_status,omitempty"` // of HTTP
	LastError  string `json:"last_error,omitempty"`
}

func (d *delivery) key() string     { return d.ID }
func (d *delivery) view(*state) any { return d }

func deliveryID(eventID string) string { return "delivery_" + eventID }

// emit keeps an event about o as it is now, and sends it after the change.
func (ch *change) emit(eventType string, o object, previous map[string]any) {
	raw, err := json.Marshal(o.view(ch.state))
	if err != nil {
		panic(fmt.Sprintf("stripetest: %s cannot be written: %v", o.key(), err))
	}
	e := &event{
		ID: newID("evt"), Object: "event", APIVersion: APIVersion, Created: ch.now(),
		Data: eventData{Object: raw, PreviousAttributes: previous}, PendingWebhooks: 1, Type: eventType,
		Request: eventRequest{ID: text(ch.cause.requestID), IdempotencyKey: text(ch.cause.idempotencyKey)},
	}
	ch.put(e)
	if ch.endpoint.url == "" {
		return
	}
	d := &delivery{ID: deliveryID(e.ID), Event: e.ID, Status: deliveryPending}
	if ch.faults.drops(eventType) {
		d.Status = deliveryDropped
	}
	ch.put(d)
	if d.Status == deliveryPending {
		ch.toSend = append(ch.toSend, e.ID)
	}
}

// listEvents is GET /v1/events.
func listEvents(st *state, c *call) (any, error) {
	f := c.form
	kind, kinds, created := f.text("type"), f.list("types"), f.span("created")
	delivered := f.choice("delivery_success", "", "true", "false")
	return paginate(st, c, st.events.newest(), func(e *event) bool {
		return (kind == "" || e.Type == kind) && (len(kinds) == 0 || slices.Contains(kinds, e.Type)) && created.holds(e.Created) &&
			(delivered == "" || (delivered == "true") == !st.pending[deliveryID(e.ID)])
	})
}

// Event is an event and how far it came.
type Event struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Created  int64  `json:"created"` // seconds since 1970
	Object   string `json:"object"`  // the id of what it is about
	Status   string `json:"status"`  // pending, delivered, dropped; empty without a webhook
	Attempts int    `json:"attempts"`
	// LastStatus and LastError say how the last attempt ended.
	LastStatus int    `json:"last_status,omitempty"`
	LastError  string `json:"last_error,omitempty"`
}

// Events lists every event, newest first.
func (s *Server) Events() []Event {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Event, 0, len(s.state.events.ids))
	for e := range s.state.events.newest() {
		list = append(list, s.state.eventSummary(e))
	}
	return list
}

func (st *state) eventSummary(e *event) Event {
	var about struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(e.Data.Object, &about); err != nil {
		panic(fmt.Sprintf("stripetest: %s holds no object: %v", e.ID, err))
	}
	shown := Event{ID: e.ID, Type: e.Type, Created: e.Created, Object: about.ID}
	if d, ok := st.deliveries.get(deliveryID(e.ID)); ok {
		shown.Status, shown.Attempts, shown.LastStatus, shown.LastError = d.Status, d.Attempts, d.LastStatus, d.LastError
	}
	return shown
}
