package stripetest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"strings"
	"time"
)

// object is anything that the simulator keeps. A kept object is never written
// to again: a change puts an altered copy in its place, so that what a reader
// holds stays whole.
type object interface {
	// key is the id. What stands before its first underscore names the table.
	key() string
	// view is what the API shows.
	view(*state) any
}

// state is everything that the simulator knows. Server.mu guards it.
type state struct {
	sessions     table[*session]
	intents      table[*intent]
	charges      table[*charge]
	transactions table[*transaction]
	refunds      table[*refund]
	disputes     table[*dispute]
	payouts      table[*payout]
	events       table[*event]
	deliveries   table[*delivery]
	replies      table[*reply]
	clocks       table[*clock]

	wall    func() time.Time
	shelves map[string]shelf // by the prefix of the id

	// pending holds the ids of the deliveries still to be accepted.
	pending map[string]bool
	// nextExpiry is when the first open session expires, or later than now.
	nextExpiry int64
}

func newState(wall func() time.Time) *state {
	st := &state{wall: wall, pending: map[string]bool{}, nextExpiry: never}
	st.shelves = map[string]shelf{
		"cs": &st.sessions, "pi": &st.intents, "ch": &st.charges, "py": &st.charges, "txn": &st.transactions,
		"re": &st.refunds, "dp": &st.disputes, "po": &st.payouts, "evt": &st.events,
		"delivery": &st.deliveries, "reply": &st.replies, "clock": &st.clocks,
	}
	return st
}

// shelfOf returns the table that an id belongs to, nil if there is none.
func (st *state) shelfOf(id string) shelf {
	prefix, _, _ := strings.Cut(id, "_")
	return st.shelves[prefix]
}

// find returns the object of any kind that has this id.
func (st *state) find(id string) (object, bool) {
	shelf := st.shelfOf(id)
	if shelf == nil {
		return nil, false
	}
	return shelf.find(id)
}

// put keeps o in the place of what had its id before.
func (st *state) put(o object) {
	st.shelfOf(o.key()).keep(o)
	switch o := o.(type) {
	case *session:
		if o.Status == statusOpen {
			st.nextExpiry = min(st.nextExpiry, o.ExpiresAt)
		}
	case *delivery:
		delete(st.pending, o.ID)
		if o.Status == deliveryPending {
			st.pending[o.ID] = true
		}
	}
}

// takeBack undoes the last put of an id: before is what stood there, nil if
// nothing did.
func (st *state) takeBack(id string, before object) {
	if before != nil {
		st.put(before)
		return
	}
	st.shelfOf(id).forgetLast()
	delete(st.pending, id)
}

// replay puts the objects of one line of the journal.
func (st *state) replay(line []byte) error {
	var raws []json.RawMessage
	if err := json.Unmarshal(line, &raws); err != nil {
		return err
	}
	for _, raw := range raws {
		var head struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return err
		}
		shelf := st.shelfOf(head.ID)
		if shelf == nil {
			return fmt.Errorf("unknown kind of id %q", head.ID)
		}
		o, err := shelf.decode(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", head.ID, err)
		}
		st.put(o)
	}
	return nil
}

// undelivered lists the events still to be accepted, oldest first.
func (st *state) undelivered() []string {
	var ids []string
	for _, id := range st.events.ids {
		if st.pending[deliveryID(id)] {
			ids = append(ids, id)
		}
	}
	return ids
}

// shelf is a table of objects whatever their type.
type shelf interface {
	keep(object)
	forgetLast()
	find(id string) (object, bool)
	decode(json.RawMessage) (object, error)
}

// table keeps objects of one type in the order of their creation.
type table[T object] struct {
	byID map[string]T
	ids  []string
}

func (t *table[T]) get(id string) (T, bool) {
	o, ok := t.byID[id]
	return o, ok
}

func (t *table[T]) find(id string) (object, bool) {
	o, ok := t.byID[id]
	return o, ok
}

func (t *table[T]) keep(o object) {
	if t.byID == nil {
		t.byID = map[string]T{}
	}
	kept, ok := o.(T)
	if !ok {
		panic(fmt.Sprintf("stripetest: a %T has the id %s of another table", o, o.key()))
	}
	if _, known := t.byID[o.key()]; !known {
		t.ids = append(t.ids, o.key())
	}
	t.byID[o.key()] = kept
}

// forgetLast removes the object that was added last.
func (t *table[T]) forgetLast() {
	last := len(t.ids) - 1
	delete(t.byID, t.ids[last])
	t.ids = t.ids[:last]
}

func (t *table[T]) decode(raw json.RawMessage) (object, error) {
	var o T
	err := json.Unmarshal(raw, &o)
	return o, err
}

// newest walks the table from the last object to the first.
func (t *table[T]) newest() iter.Seq[T] {
	return func(yield func(T) bool) {
		for i := len(t.ids) - 1; i >= 0; i-- {
			if !yield(t.byID[t.ids[i]]) {
				return
			}
		}
	}
}

// change is one atomic step: a state that can be written to.
type change struct {
	*state
	cause    cause
	faults   Faults
	endpoint endpoint
	written  []object
	before   []object // what stood in the place of each; nil if nothing did
	toSend   []string // ids of events
}

// cause is the API request that made a change; empty if the change came by
// itself or from the controls.
type cause struct {
	requestID, idempotencyKey string
}

func (ch *change) put(o object) {
	before, known := ch.find(o.key())
	if !known {
		before = nil // and not a nil of some type
	}
	ch.state.put(o)
	ch.written, ch.before = append(ch.written, o), append(ch.before, before)
}

// try runs a step that leaves nothing behind if it fails.
func (ch *change) try(step func() error) error {
	written, toSend := len(ch.written), len(ch.toSend)
	err := step()
	if err == nil {
		return nil
	}
	for i := len(ch.written) - 1; i >= written; i-- {
		ch.takeBack(ch.written[i].key(), ch.before[i])
	}
	ch.written, ch.before, ch.toSend = ch.written[:written], ch.before[:written], ch.toSend[:toSend]
	return err
}

// newID returns a fresh id such as pi_….
func newID(prefix string) string { return prefix + "_" + rand.Text()[:24] }

// text is a string that the API shows as null when it is empty.
type text string

func (t text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(t))
}

// null is a field that Stripe fills in cases that the simulator does not play.
type null *struct{}

// metadata is what a client attached to an object.
type metadata map[string]string

// changedBy returns the metadata with changes; an empty value removes its key.
func (m metadata) changedBy(changes metadata) metadata {
	next := maps.Clone(m)
	for key, value := range changes {
		next[key] = value
		if value == "" {
			delete(next, key)
		}
	}
	return next
}
