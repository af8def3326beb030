package shop

// FacetKey names a facet. It is the name of the parameter that narrows a list, too.
type FacetKey string

// The facets that a list of products can be narrowed by.
const (
	FacetDistinguisher FacetKey = "distinguisher"
	FacetGoal          FacetKey = "goal"
	FacetKind          FacetKey = "kind"
	FacetFormat        FacetKey = "format"
	FacetLanguage      FacetKey = "language"
	FacetPrice         FacetKey = "price"
)

// Kinds are the kinds of product, as a facet.
func Kinds() []Facet {
	return []Facet{{string(Handbook), "Handbooks"}, {string(Bundle), "Bundles"}}
}

// Formats are the formats of files that can be asked for. A bundle has those of its handbooks.
func Formats() []Facet {
	return []Facet{{"pdf", "PDF"}, {"epub", "EPUB"}, {"docx", "Word"}, {"rtf", "RTF"}, {"zip", "ZIP"}}
}

// The keys of Prices.
const (
	priceFree = "free"
	pricePaid = "paid"
)

// Prices tell what costs nothing from what is paid for, by the cheapest licence.
func Prices() []Facet {
	return []Facet{{priceFree, "Free"}, {pricePaid, "With a price"}}
}

// PriceKey is the key of Prices that a product is found by; empty for one that has no licence.
func PriceKey(p *Product) string {
	switch {
	case len(p.Variants) == 0:
		return ""
	case p.From().IsZero():
		return priceFree
	default:
		return pricePaid
	}
}

// FacetGroup is one facet with all its choices.
type FacetGroup struct {
	Key     FacetKey
	Choices []FacetCount
}

// FacetCount is one choice of a facet.
type FacetCount struct {
	Facet
	Count  int // how many products there are with it, under what is chosen in the other facets
	Chosen bool
}

// Highlights are the places of a product's texts that a search has matched, in order, apart from each other.
type Highlights struct {
	Title, Subtitle, Summary []Range
}

// Range is a part of a text, from the byte Start up to the byte End, between whole characters.
type Range struct {
	Start, End int
}

// Piece is a part of a text that a search has matched, or one between those.
type Piece struct {
	Text  string
	Match bool
}

// Pieces cuts a text at the ranges, which are in order and within it. The pieces together are the text.
func Pieces(text string, ranges []Range) []Piece {
	var pieces []Piece
	done := 0
	for _, r := range ranges {
		if r.Start > done {
			pieces = append(pieces, Piece{Text: text[done:r.Start]})
		}
		pieces = append(pieces, Piece{Text: text[r.Start:r.End], Match: true})
		done = r.End
	}
	if done < len(text) {
		pieces = append(pieces, Piece{Text: text[done:]})
	}
	return pieces
}

// Suggestions are ways on for somebody whose words have found nothing.
type Suggestions struct {
	Queries  []string  // what was asked for, with words that the shop has; the nearest first
	Products []Product // those that have the most of the words, whatever facets are chosen
}

// Synonyms is a group of words and phrases that count as the same in a search.
type Synonyms struct {
	ID    string // stable
	Words []string
}

// The bounds of a group of synonyms.
const (
	MaxSynonyms      = 30
	MaxSynonymLength = 80 // bytes
)
