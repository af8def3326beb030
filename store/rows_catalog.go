package store

import "bookroom/shop"

// productRow is a row of products. What a page of a list does not show is left out of lists.
type productRow struct {
	ID            string `gorm:"primaryKey"`
	Slug          string
	Kind          shop.ProductKind
	Status        shop.ProductStatus
	Title         string
	TitleKey      string
	Subtitle      string
	Summary       string
	Description   string
	Authors       []string `gorm:"serializer:json"`
	Language      string
	Pages         int
	Tags          []string     `gorm:"serializer:json"`
	Accessibility []string     `gorm:"serializer:json"`
	Contents      []contentRow `gorm:"serializer:json"`
	Price         int64
	PublishedAt   utc
	UpdatedAt     utc `gorm:"autoUpdateTime:false"`
	Version       int
	PublishAt     utc
}

type contentRow struct {
	Title string `json:"title"`
	Page  int    `json:"page"`
	Level int    `json:"level"`
}

type productFacetRow struct {
	ProductID string `gorm:"primaryKey"`
	Facet     string `gorm:"primaryKey"`
	Key       string `gorm:"primaryKey"`
	Position  int
}

// The facets.
const (
	facetDistinguisher = "distinguisher"
	facetGoal          = "goal"
)

type variantRow struct {
	ID        string `gorm:"primaryKey"`
	ProductID string
	Kind      shop.VariantKind
	SKU       string
	Amount    int64
	Suggested int64
	Currency  string
	OnSale    bool
}

type editionRow struct {
	ID          string `gorm:"primaryKey"`
	ProductID   string
	Number      int
	Notes       string
	PublishedAt utc
	LookInside  []int `gorm:"serializer:json"`
}

type fileRow struct {
	ID          string `gorm:"primaryKey"`
	EditionID   string
	Position    int
	Name        string
	ContentType string
	Size        int64
	SHA256      string `gorm:"column:sha256"`
	Key         string
	CRC32       *int64 `gorm:"column:crc32"`
}

// bundlePartRow is a handbook of a bundle. Orders that were placed from Since on and before Until reach it; without
// them all orders do. With Until it is in the bundle no more.
type bundlePartRow struct {
	ID        string `gorm:"primaryKey"`
	BundleID  string
	ProductID string
	Position  int
	Since     utc
	Until     utc
}

func (r *productRow) product() shop.Product {
	p := shop.Product{
		ID: r.ID, Slug: r.Slug, Kind: r.Kind, Status: r.Status,
		Title: r.Title, Subtitle: r.Subtitle, Summary: r.Summary, Description: r.Description,
		Authors: r.Authors, Language: r.Language, Pages: r.Pages, Tags: r.Tags, Accessibility: r.Accessibility,
		PublishedAt: r.PublishedAt.Time, UpdatedAt: r.UpdatedAt.Time,
	}
	for _, c := range r.Contents {
		p.Contents = append(p.Contents, shop.ContentEntry(c))
	}
	return p
}

func (r *variantRow) variant() shop.Variant {
	v := shop.Variant{ID: r.ID, Kind: r.Kind, SKU: r.SKU, Price: shop.Money{Amount: r.Amount, Currency: r.Currency}}
	if r.Suggested != 0 {
		v.Suggested = shop.Money{Amount: r.Suggested, Currency: r.Currency}
	}
	return v
}

func (r *editionRow) edition() shop.Edition {
	return shop.Edition{ID: r.ID, Number: r.Number, Notes: r.Notes, PublishedAt: r.PublishedAt.Time, LookInside: r.LookInside}
}

func (r *fileRow) file() shop.File {
	f := shop.File{ID: r.ID, Name: r.Name, ContentType: r.ContentType, Size: r.Size, SHA256: r.SHA256, Key: r.Key}
	if r.CRC32 != nil {
		f.CRC32 = shop.CRC32{Sum: uint32(*r.CRC32), Known: true} //nolint:gosec // the column holds 32 bits
	}
	return f
}
