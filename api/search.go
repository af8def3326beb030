package api

import "bookroom/shop"

// foundProduct is a product of a list, with what a search has matched in it.
type foundProduct struct {
	productSummary
	Highlights highlights `json:"highlights"`
}

type highlights struct {
	Title    []piece `json:"title"`
	Subtitle []piece `json:"subtitle"`
	Summary  []piece `json:"summary"`
}

type piece struct {
	Text  string `json:"text"`
	Match bool   `json:"match"`
}

type facet struct {
	Facet   shop.FacetKey `json:"facet"`
	Choices []facetChoice `json:"choices"`
}

type facetChoice struct {
	Value  string `json:"value"`
	Name   string `json:"name"`
	Count  int    `json:"count"`
	Chosen bool   `json:"chosen"`
}

type suggestions struct {
	Queries  []string         `json:"queries"`
	Products []productSummary `json:"products"`
}

func highlightsOf(p shop.Product, h shop.Highlights) highlights {
	return highlights{Title: piecesOf(p.Title, h.Title), Subtitle: piecesOf(p.Subtitle, h.Subtitle), Summary: piecesOf(p.Summary, h.Summary)}
}

// piecesOf is empty where nothing is matched.
func piecesOf(text string, matched []shop.Range) []piece {
	if len(matched) == 0 {
		return []piece{}
	}
	return each(shop.Pieces(text, matched), func(p shop.Piece) piece { return piece(p) })
}

func facetOf(g shop.FacetGroup) facet {
	return facet{Facet: g.Key, Choices: each(g.Choices, func(c shop.FacetCount) facetChoice {
		return facetChoice{Value: c.Key, Name: c.Name, Count: c.Count, Chosen: c.Chosen}
	})}
}
