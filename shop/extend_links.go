package shop

import (
	"context"
	"time"
)

// Extension lets the download links of an order live longer, for people on slow lines. Rights have no end, so
// there is nothing else to extend.
type Extension struct {
	Number  string
	Hours   int       // that each link lives, 1 to MaxLinkHours
	Until   time.Time // for links that are issued before
	Reason  string
	Request string // the same for the same press of the button
}

// The bounds of an extension: S3 signs no link for longer than a week.
const (
	MaxLinkHours = 7 * 24
	maxExtension = 90 * 24 * time.Hour
)

// ExtendLinks sets how long the order's download links live that are issued until a date. Links that are out
// already stay as they are.
func (s *Shop) ExtendLinks(ctx context.Context, by Actor, x Extension) (Order, error) {
	now := s.now()
	wrong := wrongFields{}
	why, missing := reason(x.Reason)
	wrong.add("reason", missing)
	if x.Hours < 1 || x.Hours > MaxLinkHours {
		wrong["hours"] = Say("A link can live from 1 to %d hours: S3 signs none for longer than a week.", MaxLinkHours)
	}
	x.Until = x.Until.UTC().Truncate(time.Microsecond)
	if !x.Until.After(now) || x.Until.After(now.Add(maxExtension)) {
		wrong["until"] = Say("Please choose a day within the next 90 days.")
	}
	if err := wrong.err(); err != nil {
		return Order{}, err
	}
	return s.actOnOrder(ctx, x.Number, x.Request, func(o *Order, _ time.Time) (DeskChange, error) {
		before := map[string]any{"hours": o.LinkHours, "until": o.LinkUntil}
		o.LinkHours, o.LinkUntil = x.Hours, x.Until
		return DeskChange{Act: o.act(by, "order.extend", before, map[string]any{"hours": x.Hours, "until": x.Until, "reason": why})}, nil
	})
}
