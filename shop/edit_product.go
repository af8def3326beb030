package shop

import (
	"context"
	"errors"
	"slices"
	"time"
)

// EditedProduct is a product as staff work on it: drafts too, with the licences that are not on sale and, in a
// bundle, handbooks that are not in the shop yet.
type EditedProduct struct {
	Product
	Version   int       // grows with every change; 0 before it was saved once
	PublishAt time.Time // when a draft is to be published; the zero time for none
	Withdrawn []Variant // licences that are not on sale, cheapest first; carts and orders may name them
}

// Licence returns the licence of that kind, and whether it is on sale; the zero Variant where there is none.
func (p *EditedProduct) Licence(kind VariantKind) (licence Variant, onSale bool) {
	for _, v := range p.Variants {
		if v.Kind == kind {
			return v, true
		}
	}
	for _, v := range p.Withdrawn {
		if v.Kind == kind {
			return v, false
		}
	}
	return Variant{}, false
}

// ProductSave is one product to be written as it stands, with the act that the audit trail keeps of it.
type ProductSave struct {
	Product EditedProduct // by ID; one without an ID is new. Version is the one that the change was made to
	Act     Act
}

// EditStore is what the work on products needs of the database. Every change raises the product's version and the
// catalog's, and is in the audit trail.
type EditStore interface {
	// ProductToEdit returns a product in whatever state; an Error of kind NotFound for an unknown slug.
	ProductToEdit(ctx context.Context, slug string) (EditedProduct, error)
	// ProductsToEdit returns those of these products that there are, by slug.
	ProductsToEdit(ctx context.Context, slugs []string) (map[string]EditedProduct, error)
	// SaveProducts writes all of them or none: ErrProductChanged when one has another version by now, ErrSlugTaken
	// when another product has the slug. The handbooks of bundles stay as they are.
	SaveProducts(ctx context.Context, saves []ProductSave, now time.Time) error
	// ProductsDue returns drafts whose publication is due, longest waiting first.
	ProductsDue(ctx context.Context, now time.Time, limit int) ([]EditedProduct, error)
	// SaveParts writes the handbooks of a bundle; ErrProductChanged when it has another version by now.
	SaveParts(ctx context.Context, save PartsSave, now time.Time) error
	// BundleOwners is the number of addresses with an active right to the product.
	BundleOwners(ctx context.Context, productID string) (int, error)
	// ReplaceSynonyms writes a group of synonyms in place of what it was; an Error of kind Conflict when it was
	// something else by then. A group without words is removed.
	ReplaceSynonyms(ctx context.Context, was, group Synonyms, act Act, now time.Time) error
}

// Errors of the work on products.
var (
	// ErrProductChanged answers an edit of a version that is not the newest.
	ErrProductChanged = NewError(Conflict, "product_changed",
		"Somebody else changed this product meanwhile. Nothing was saved; what you typed is still here. Compare the two and decide.")
	// ErrSlugTaken answers a slug that another product has.
	ErrSlugTaken = &Error{
		Kind: Conflict, Code: "slug_taken", Message: Say("Another product has this address already. Nothing was saved; please choose another one."),
		Fields: map[string]Sentence{FactSlug: Say("Another product has this address.")},
	}
	errKindChanged = NewError(Conflict, "product_kind_fixed", "A handbook cannot become a bundle, or a bundle a handbook. Nothing was saved; make a new product.")
)

// CreateProduct makes a draft.
func (s *Shop) CreateProduct(ctx context.Context, by Actor, p EditedProduct) (EditedProduct, error) {
	p.ID, p.Version, p.Status, p.PublishAt, p.Editions, p.Parts = "", 0, Draft, time.Time{}, nil, nil
	p.nameLicences()
	if err := p.check(); err != nil {
		return p, err
	}
	before, after := changes(EditedProduct{Product: Product{Kind: p.Kind}}, p)
	after["kind"] = p.Kind
	return s.save(ctx, ProductSave{Product: p, Act: Act{By: by, Verb: "product.create", Before: before, After: after}})
}

// SaveProduct writes what staff made of the version of a product that p.Version names. It is ErrProductChanged when
// that is not the newest, and changes nothing when nothing differs.
func (s *Shop) SaveProduct(ctx context.Context, by Actor, slug string, p EditedProduct) (EditedProduct, error) {
	current, err := s.config.Store.ProductToEdit(ctx, slug)
	if err != nil {
		return p, err
	}
	if p.Version != current.Version {
		return current, ErrProductChanged
	}
	if p.Kind != current.Kind {
		return current, errKindChanged
	}
	p.ID, p.Status, p.PublishedAt, p.PublishAt, p.Editions, p.Parts = current.ID, current.Status, current.PublishedAt, current.PublishAt, current.Editions, current.Parts
	p.keepLicences(current)
	p.nameLicences()
	if err := p.checkAfter(current); err != nil {
		return current, err
	}
	before, after := changes(current, p)
	if len(after) == 0 {
		return current, nil
	}
	return s.save(ctx, ProductSave{Product: p, Act: Act{By: by, Verb: "product.edit", Before: before, After: after}})
}

// save writes one product and returns it as it is then.
func (s *Shop) save(ctx context.Context, save ProductSave) (EditedProduct, error) {
	if err := s.config.Store.SaveProducts(ctx, []ProductSave{save}, s.now()); err != nil {
		return save.Product, err
	}
	return s.config.Store.ProductToEdit(ctx, save.Product.Slug)
}

// keepLicences withdraws the licences that the product had and has no more: carts and orders may name them.
func (p *EditedProduct) keepLicences(current EditedProduct) {
	for _, licence := range slices.Concat(current.Variants, current.Withdrawn) {
		if known, _ := p.Licence(licence.Kind); known.Kind == "" {
			p.Withdrawn = append(slices.Clone(p.Withdrawn), licence)
		}
	}
}

// nameLicences gives the licences that have no SKU the one that an import would.
func (p *EditedProduct) nameLicences() {
	p.Variants, p.Withdrawn = slices.Clone(p.Variants), slices.Clone(p.Withdrawn)
	for _, licences := range [][]Variant{p.Variants, p.Withdrawn} {
		for i := range licences {
			if licences[i].SKU == "" {
				licences[i].SKU = p.Slug + "-" + string(licences[i].Kind)
			}
		}
	}
}

// checkAfter checks an edit of a product: what is in the shop, or will be by itself, stays fit for it, and its
// address stays what it is.
func (p *EditedProduct) checkAfter(current EditedProduct) error {
	err := p.check()
	if err == nil && (p.Status == Published || !p.PublishAt.IsZero()) {
		err = p.fitForTheShop()
	}
	if p.Slug == current.Slug || current.Status == Draft {
		return err
	}
	fixed := invalidProduct(map[string]Sentence{FactSlug: Say("The address was published: it stays %s.", current.Slug)})
	var known *Error
	if errors.As(err, &known) {
		for key, sentence := range known.Fields {
			fixed.Fields[key] = sentence
		}
	}
	return fixed
}
