package shop

import "strconv"

// OrderPart is a piece of an order's total that can be refunded by itself: what a line's licences cost, the gift that
// came with it, or the donation, each with its tax.
type OrderPart struct {
	Name   string // the same for the life of the order: "line-1", "gift-1", "donation"
	LineID string // empty for the donation
	Title  string // of the line; empty for the donation
	SKU    string
	Gift   bool // carries no right
	Amount int64
}

const donationPart = "donation"

// right is the line whose right goes with the part; empty for a gift.
func (p OrderPart) right() string {
	if p.Gift {
		return ""
	}
	return p.LineID
}

// Parts are the pieces of the total: titles first, then gifts, the donation last. They come to Total.
func (o *Order) Parts() []OrderPart {
	var titles, gifts []OrderPart
	left := o.Total
	for _, line := range o.Lines {
		price, gift := line.Total-line.gift(), line.gift()
		if line.net() == 0 {
			price, gift = 0, line.Total
		}
		part := OrderPart{LineID: line.ID, Title: line.Title, SKU: line.SKU}
		if price > 0 {
			part.Name, part.Amount = linePart(line), price
			titles = append(titles, part)
		}
		if gift > 0 {
			part.Name, part.Amount, part.Gift = "gift-"+strconv.Itoa(line.Position), gift, true
			gifts = append(gifts, part)
		}
		left -= line.Total
	}
	if left > 0 { // the donation, with its tax where it bears any
		gifts = append(gifts, OrderPart{Name: donationPart, Gift: true, Amount: left})
	}
	return append(titles, gifts...)
}

// linePart names what a line's licences cost.
func linePart(line OrderLine) string { return "line-" + strconv.Itoa(line.Position) }

// maxParts bounds the search of meaningOf, which tries every set of parts.
const maxParts = 16

// searchable are parts few enough to search where that can be had: if need be the gifts of all lines are one.
func searchable(parts []OrderPart) []OrderPart {
	var kept []OrderPart
	var gifts OrderPart
	merged := 0
	for _, p := range parts {
		if p.Gift && p.Name != donationPart {
			gifts = OrderPart{Gift: true, Amount: gifts.Amount + p.Amount}
			merged++
			continue
		}
		kept = append(kept, p)
	}
	if len(parts) <= maxParts || merged == 0 {
		return parts
	}
	return append(kept, gifts)
}

// meaning is what a sum that went back can have been for.
type meaning struct {
	known bool            // false: it could be several sets of titles, or none
	lines map[string]bool // whose titles went back, by the line's id
	parts map[string]bool // what went back, by name; nil where several sets of gifts come to the sum
}

// meaningOf says which of the parts a refund of that sum gives back. Stripe's dashboard knows sums only: a sum
// means the titles of the one set of parts that comes to it. A gift carries no right, so a refund of gifts alone
// means no title; nor does any sum of theirs that is less than each title cost.
func meaningOf(parts []OrderPart, sum int64) meaning {
	if sum == 0 {
		return meaning{known: true, parts: map[string]bool{}}
	}
	parts = searchable(parts)
	if len(parts) > maxParts {
		return meaning{known: onlyGifts(parts, sum)}
	}
	rights := 0 // the set of parts that a right goes with
	for i, p := range parts {
		if p.right() != "" {
			rights |= 1 << i
		}
	}
	var fit []int // the sets that come to the sum
	for set := 1; set < 1<<len(parts); set++ {
		if sumOf(parts, set) == sum {
			fit = append(fit, set)
		}
	}
	m := meaning{known: len(fit) > 0}
	for _, set := range fit {
		m.known = m.known && set&rights == fit[0]&rights
	}
	switch {
	case onlyGifts(parts, sum):
		m.known = true
	case m.known:
		m.lines = map[string]bool{}
		for i, p := range parts {
			if fit[0]&rights>>i&1 == 1 {
				m.lines[p.LineID] = true
			}
		}
	}
	if len(fit) == 1 {
		m.parts = namesOf(parts, fit[0])
	}
	return m
}

// namesOf names the parts of a set; nil where gifts that were put together are among them.
func namesOf(parts []OrderPart, set int) map[string]bool {
	names := map[string]bool{}
	for i, p := range parts {
		if set>>i&1 == 0 {
			continue
		}
		if p.Name == "" {
			return nil
		}
		names[p.Name] = true
	}
	return names
}

// onlyGifts reports whether a sum can be of the gifts and of nothing else: it is within them and below
// every part that a right goes with, or there is no such part.
func onlyGifts(parts []OrderPart, sum int64) bool {
	var gifts int64
	titles := false
	for _, p := range parts {
		switch {
		case p.Gift:
			gifts += p.Amount
		case p.Amount <= sum:
			return false
		default:
			titles = true
		}
	}
	return sum <= gifts || !titles
}

// sumOf is what the parts of a set, a bit for each, come to.
func sumOf(parts []OrderPart, set int) int64 {
	var sum int64
	for i, p := range parts {
		if set>>i&1 == 1 {
			sum += p.Amount
		}
	}
	return sum
}
