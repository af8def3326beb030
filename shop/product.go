package shop

import (
	"strconv"
	"time"
)

// ProductKind tells a handbook from a bundle of handbooks.
type ProductKind string

// The kinds of product.
const (
	Handbook ProductKind = "handbook"
	Bundle   ProductKind = "bundle"
)

// ProductStatus says whether a product is in the shop.
type ProductStatus string

// The states of a product. A draft is seen by staff only; an archived product is not sold any more,
// but those who own it keep it.
const (
	Draft     ProductStatus = "draft"
	Published ProductStatus = "published"
	Archived  ProductStatus = "archived"
)

// VariantKind is a licence: for one person, or for all staff of one school.
type VariantKind string

// The licences.
const (
	Individual    VariantKind = "individual"
	SchoolLicence VariantKind = "school"
)

// Name is the licence's name as people read it.
func (k VariantKind) Name() string {
	if k == SchoolLicence {
		return "School licence"
	}
	return "Individual licence"
}

// Product is what can be bought: a handbook or a bundle of handbooks.
type Product struct {
	ID             string
	Slug           string // stable, in the address of its page
	Kind           ProductKind
	Status         ProductStatus
	Title          string
	Subtitle       string
	Summary        string // one or two sentences, plain text
	Description    string // Markdown
	Authors        []string
	Language       string // BCP 47, e.g. "en"
	Pages          int
	Distinguishers []string // keys of Distinguishers; the first one gives the cover its colour
	Goals          []string // keys of Goals
	Tags           []string
	Accessibility  []string // facts, each a short sentence
	Contents       []ContentEntry
	Variants       []Variant // cheapest licence first
	Editions       []Edition // newest first, which has files; a bundle has none of its own
	Parts          []Part    // a bundle's handbooks
	PublishedAt    time.Time
	UpdatedAt      time.Time
}

// Edition returns the newest edition, or nil where there is none (a bundle, a draft).
func (p *Product) Edition() *Edition {
	if len(p.Editions) == 0 {
		return nil
	}
	return &p.Editions[0]
}

// Variant returns the licence of that id; the zero Variant where the product has none such.
func (p *Product) Variant(id string) Variant {
	for _, v := range p.Variants {
		if v.ID == id {
			return v
		}
	}
	return Variant{}
}

// From returns the price of the cheapest licence; the zero Money where there is none.
func (p *Product) From() Money {
	if len(p.Variants) == 0 {
		return Money{}
	}
	from := p.Variants[0].Price
	for _, v := range p.Variants[1:] {
		if v.Price.Amount < from.Amount {
			from = v.Price
		}
	}
	return from
}

// ContentEntry is one line of a handbook's table of contents.
type ContentEntry struct {
	Title string
	Page  int
	Level int // 1 for a chapter, 2 for a section
}

// Variant is a licence of a product at its own price.
type Variant struct {
	ID    string
	Kind  VariantKind
	SKU   string
	Price Money
	// Suggested is what those who can are asked to pay; the zero Money where the price is fixed.
	Suggested Money
}

// TakesMore reports whether people may pay more for the licence than its price.
func (v Variant) TakesMore() bool { return v.Suggested.Amount > v.Price.Amount }

// Edition is one published version of a handbook's files. One that was published before the shop sold
// the handbook has no files here.
type Edition struct {
	ID          string
	Number      int
	Notes       string // what changed, in plain text
	PublishedAt time.Time
	Files       []File
	LookInside  []int        // pages to be shown as samples; none leaves the choice to the shop
	Samples     []SamplePage // those that are shown, in order; none until the edition was read
	Inspection  *Inspection  // of its PDF; nil until that was looked into
}

// PDF returns the edition's first PDF, which is the handbook itself, or nil where there is none.
func (e *Edition) PDF() *File {
	for i := range e.Files {
		if e.Files[i].ContentType == TypePDF {
			return &e.Files[i]
		}
	}
	return nil
}

// SamplePage is a page of a handbook that anybody may look at. The picture itself is apart.
type SamplePage struct {
	Page          int // counted from 1
	Width, Height int // pixels
	ContentType   string
	SHA256        string // of the picture, in lower-case hex
	Opening       string // its heading or first words
}

// Name is the name of its picture, which changes with the picture: "5-0a1b2c3d4e5f.png".
func (p SamplePage) Name() string {
	ending := ".png"
	if p.ContentType == "image/jpeg" {
		ending = ".jpg"
	}
	return strconv.Itoa(p.Page) + "-" + p.SHA256[:12] + ending
}

// File is one downloadable object of an edition.
type File struct {
	ID          string
	Name        string // the name that it is saved under
	ContentType string
	Size        int64  // bytes
	SHA256      string // lower-case hex
	Key         string // where it lies in the bucket; never shown
	CRC32       CRC32
}

// CRC32 is the checksum of a file that an archive writes down before the file's bytes. The zero value is
// one that was not worked out yet.
type CRC32 struct {
	Sum   uint32 // IEEE
	Known bool
}

// Part is a handbook within a bundle. Pages and Price are those of the handbook by itself.
type Part struct {
	ProductID      string
	Slug           string
	Title          string
	Subtitle       string
	Summary        string
	Distinguishers []string
	Edition        int
	Pages          int
	Status         ProductStatus
	Price          Money // of its individual licence
}

// Facet is one of the fixed terms that handbooks are tagged with.
type Facet struct {
	Key  string
	Name string
}

// Distinguishers are the ten of Big Picture Learning's school design, in its own order.
func Distinguishers() []Facet {
	return []Facet{
		{"lti", "Learning in the Real World"},
		{"personal", "One Student at a Time"},
		{"assessment", "Authentic Assessment"},
		{"organization", "School Organization"},
		{"advisory", "Advisory Structure"},
		{"culture", "School Culture"},
		{"leadership", "Leadership"},
		{"family", "Parent/Family Engagement"},
		{"college", "School/College Partnership"},
		{"development", "Professional Development"},
	}
}

// Goals are the five learning goals.
func Goals() []Facet {
	return []Facet{
		{"empirical-reasoning", "Empirical Reasoning"},
		{"quantitative-reasoning", "Quantitative Reasoning"},
		{"communication", "Communication"},
		{"social-reasoning", "Social Reasoning"},
		{"personal-qualities", "Personal Qualities"},
	}
}

// FacetName returns the name that belongs to a key, or the key itself where it is unknown.
func FacetName(facets []Facet, key string) string {
	for _, f := range facets {
		if f.Key == key {
			return f.Name
		}
	}
	return key
}

// ProductSort is an order of the catalog.
type ProductSort string

// The orders of the catalog. Without a query SortRelevance is SortNewest.
const (
	SortRelevance ProductSort = "relevance"
	SortNewest    ProductSort = "newest"
	SortTitle     ProductSort = "title"
	SortPrice     ProductSort = "price"
)

// ProductQuery asks for published products: those that have one of the keys of every facet that is
// given. The zero query asks for the first page of all of them.
type ProductQuery struct {
	Q              string // words; the last one may be a beginning
	Distinguishers []string
	Goals          []string
	Kinds          []ProductKind
	Formats        []string // keys of Formats
	Languages      []string // BCP 47
	Prices         []string // keys of Prices
	Sort           ProductSort
	Limit          int    // 1 to MaxPage; 0 is DefaultPage
	Cursor         string // ProductPage.Next of the page before
}

// The sizes of a page of a list.
const (
	DefaultPage = 24
	MaxPage     = 100
)

// ProductPage is one page of a list of products, without their descriptions, contents and older editions.
type ProductPage struct {
	Items      []Product
	Total      int                   // how many match in all
	Next       string                // cursor of the next page; empty on the last
	Facets     []FacetGroup          // what the list can be narrowed by, always in the same order
	Corrected  string                // what was looked for instead of Q, whose words the shop does not have; else empty
	Highlights map[string]Highlights // of the items, by ID; only those in which something can be marked
	Suggested  Suggestions           // only where words were asked for and nothing was found
}
