package shop

import (
	"context"
	"strings"
)

// OrderView is a query of the list of orders that a member of staff keeps under a name.
type OrderView struct {
	ID    string
	Name  string
	Query string // as in the address of the page, without a question mark
}

// The longest name and query of a view, in bytes.
const (
	maxViewName  = 60
	maxViewQuery = 1000
)

// ErrViewTaken answers a second view of the same name.
func ErrViewTaken() error {
	return wrongFields{"name": Say("You have a view of this name. Please choose another one.")}.err()
}

// SaveOrderView keeps a query of the list of orders for whoever does it.
func (s *Shop) SaveOrderView(ctx context.Context, by Actor, name, query string) error {
	name = strings.Join(strings.Fields(name), " ")
	wrong := wrongFields{}
	switch {
	case name == "":
		wrong["name"] = Say("Please give the view a name.")
	case len(name) > maxViewName:
		wrong["name"] = Say("This is longer than %d characters.", maxViewName)
	case len(query) > maxViewQuery:
		wrong["name"] = Say("These filters are too long to be kept.")
	}
	if err := wrong.err(); err != nil {
		return err
	}
	view := OrderView{ID: NewID(), Name: name, Query: query}
	return s.config.Store.SaveOrderView(ctx, view, view.act(by, "view.save"), s.now())
}

// DeleteOrderView forgets a view of whoever does it.
func (s *Shop) DeleteOrderView(ctx context.Context, by Actor, id string) error {
	return s.config.Store.DeleteOrderView(ctx, id, OrderView{ID: id}.act(by, "view.delete"), s.now())
}

// act leaves the query out: it may hold an e-mail address that was looked for.
func (v OrderView) act(by Actor, verb string) Act {
	return Act{By: by, Verb: verb, Subject: Subject{Kind: "view", ID: v.ID}}
}
