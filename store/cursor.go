package store

import (
	"encoding/base64"
	"encoding/json"

	"bookroom/shop"
)

// cursor is where a page of a list ended: the sort, the last item's sort keys and its id.
type cursor []string

var errCursor = shop.NewError(shop.Invalid, "invalid_cursor",
	"This page of the list cannot be found. Please start again from the first page.")

func newCursor(sort shop.ProductSort, id string, keys ...string) string {
	text, err := json.Marshal(append(append([]string{string(sort)}, keys...), id))
	if err != nil {
		panic(err) // strings can always be written
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// sortKeys is how many keys each order sorts by, before the id.
var sortKeys = map[shop.ProductSort]int{shop.SortRelevance: 2, shop.SortNewest: 1, shop.SortTitle: 1, shop.SortPrice: 1, sortChanged: 1}

// readCursor reads a cursor of a list in that order. The empty text is the start of the list.
func readCursor(text string, sort shop.ProductSort) (cursor, error) {
	if text == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errCursor
	}
	var c cursor
	if err := json.Unmarshal(raw, &c); err != nil || len(c) != sortKeys[sort]+2 || c[0] != string(sort) {
		return nil, errCursor
	}
	for _, part := range c {
		if !isKey(part) {
			return nil, errCursor
		}
	}
	return c, nil
}

func (c cursor) given() bool      { return len(c) > 0 }
func (c cursor) key(i int) string { return c[1+i] }
func (c cursor) id() string       { return c[len(c)-1] }
