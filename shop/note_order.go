package shop

import (
	"context"
	"time"
)

// OrderNote is what a member of staff wrote down about an order. Notes are never changed.
type OrderNote struct {
	ID        string
	Staff     string // who wrote it
	Text      string
	WrittenAt time.Time
}

// NoteOnOrder writes a note down. The same request writes it once. The trail has that it was written, not what
// it says: notes may speak of people.
func (s *Shop) NoteOnOrder(ctx context.Context, by Actor, number, text, request string) (Order, error) {
	text, wrong := deskText(text, maxNote, Say("Please write the note first."))
	if wrong != nil {
		return Order{}, wrongFields{"text": *wrong}.err()
	}
	return s.actOnOrder(ctx, number, request, func(o *Order, _ time.Time) (DeskChange, error) {
		return DeskChange{Act: o.act(by, "order.note", nil, nil), Note: text}, nil
	})
}
