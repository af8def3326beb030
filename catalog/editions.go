package catalog

import (
	"slices"

	"gopkg.in/yaml.v3"

	"bookroom/shop"
)

// earlierEdition is an edition that the shop tells of and has no files of.
type earlierEdition struct {
	shop.Edition
	line int
}

func (f *factReader) earlierEditions(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode {
		f.wrong(n, "earlier_editions must be a list such as [{number: 1, date: 2024-09-02, notes: First edition.}]")
		return
	}
	for _, item := range n.Content {
		e := earlierEdition{line: item.Line + linesBefore}
		f.editionFacts("earlier edition", item, &e.Edition)
		f.earlier = append(f.earlier, e)
	}
}

// checkEarlierEditions puts the earlier editions behind the newest, the latest first. Each must be older
// than the one that follows it, by number and by date.
func (f *factReader) checkEarlierEditions() {
	p := &f.entry.Product
	if f.seen["edition"] == 0 {
		return
	}
	slices.SortStableFunc(f.earlier, func(a, b earlierEdition) int { return b.Number - a.Number })
	for _, e := range f.earlier {
		later := p.Editions[len(p.Editions)-1]
		complete := e.Number > 0 && later.Number > 0 && !e.PublishedAt.IsZero() && !later.PublishedAt.IsZero()
		switch {
		case !complete: // that was said already
		case e.Number == later.Number:
			f.problem(productFile, e.line, "edition %d is given twice", e.Number)
		case e.Number > later.Number:
			f.problem(productFile, e.line, "earlier edition %d is not earlier than edition %d", e.Number, later.Number)
		case e.PublishedAt.After(later.PublishedAt):
			f.problem(productFile, e.line, "earlier edition %d has a later date than edition %d", e.Number, later.Number)
		}
		p.Editions = append(p.Editions, e.Edition)
	}
}
