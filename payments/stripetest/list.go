package stripetest

import (
	"iter"
	"net/http"
)

// page is one page of a list.
type page struct {
	Object  string `json:"object"`
	URL     string `json:"url"`
	HasMore bool   `json:"has_more"`
	Data    []any  `json:"data"`
}

// paginate cuts the page that limit, starting_after and ending_before ask for
// out of all, which comes in the order of display. wanted picks what is listed.
func paginate[T object](st *state, c *call, all iter.Seq[T], wanted func(T) bool) (any, error) {
	f := c.form
	limit := f.number("limit", 10)
	if limit < 1 || limit > 100 {
		f.fail(invalid("limit", "Limit must be between 1 and 100."))
	}
	after, before := f.text("starting_after"), f.text("ending_before")
	if after != "" && before != "" {
		f.fail(invalid("ending_before", "You can only use one of starting_after and ending_before."))
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	var shown []T
	var more, reached bool
	if before != "" {
		shown, more, reached = pageBefore(all, wanted, before, int(limit))
	} else {
		shown, more, reached = pageAfter(all, wanted, after, int(limit))
	}
	if !reached {
		e := noSuch("object", after+before)
		e.status, e.Param = http.StatusBadRequest, "starting_after"
		if before != "" {
			e.Param = "ending_before"
		}
		return nil, e
	}
	p := &page{Object: "list", URL: c.path, HasMore: more, Data: make([]any, len(shown))}
	for i, o := range shown {
		p.Data[i] = o.view(st)
	}
	return p, nil
}

func pageAfter[T object](all iter.Seq[T], wanted func(T) bool, cursor string, limit int) (shown []T, more, reached bool) {
	reached = cursor == ""
	for o := range all {
		switch {
		case !reached:
			reached = o.key() == cursor
		case !wanted(o):
		case len(shown) == limit:
			return shown, true, true
		default:
			shown = append(shown, o)
		}
	}
	return shown, false, reached
}

func pageBefore[T object](all iter.Seq[T], wanted func(T) bool, cursor string, limit int) (shown []T, more, reached bool) {
	for o := range all {
		if o.key() == cursor {
			return shown, more, true
		}
		if !wanted(o) {
			continue
		}
		if shown = append(shown, o); len(shown) > limit {
			shown, more = shown[1:], true
		}
	}
	return nil, false, false
}
