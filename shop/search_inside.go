package shop

// Inside is what a search inside the handbooks found, best first.
type Inside struct {
	Handbooks []InsideHandbook
	Total     int    // how many handbooks have the words, those beyond the limit included
	Pages     int    // how many pages have them in all
	Corrected string // what was looked for instead of the words typed, which no page has; else empty
}

// InsideHandbook is a handbook whose newest edition has pages with all the words.
type InsideHandbook struct {
	Product Product // without what belongs to it, but for its newest edition without files
	Hits    []InsideHit
	Total   int // how many of its pages have the words
}

// InsideHit is a page that has all the words.
type InsideHit struct {
	Page    int
	Snippet Snippet
	Sample  *SamplePage // nil where the page is not one that anybody may look at
}

// MaxSnippet bounds how much of a page a hit quotes, in bytes.
const MaxSnippet = 160

// Snippet is a piece of a page around the words, on one line.
type Snippet struct {
	Text   string
	Marks  []Range // where the words are in it, in order and apart
	Before bool    // the page has more text before it
	After  bool    // and behind it
}

// Pieces cuts the text at its marks.
func (s Snippet) Pieces() []Piece { return Pieces(s.Text, s.Marks) }
