package shop

import (
	"context"
	"slices"
)

// PartsChange is what staff make of a bundle: its handbooks by slug, in their order.
type PartsChange struct {
	Slug      string
	Version   int
	Handbooks []string
	// ForOwners says whether those who bought the bundle already get the handbooks that it gains; nil is no answer, which
	// is enough where it gains none or nobody owns it.
	ForOwners *bool
}

// PartsSave is a bundle's handbooks to be written, with the act that the audit trail keeps of it.
type PartsSave struct {
	BundleID  string
	Version   int      // of the bundle, that the change was made to
	Handbooks []string // ids, in their order
	ForOwners bool     // the handbooks that it gains are everybody's who bought it
	Act       Act
}

// SetParts changes the handbooks of a bundle. One that is taken out stays with those who bought the bundle before; one
// that is added goes to them, too, or only to those who buy from then on, as ForOwners says.
func (s *Shop) SetParts(ctx context.Context, by Actor, change PartsChange) (EditedProduct, error) {
	bundle, err := s.config.Store.ProductToEdit(ctx, change.Slug)
	if err != nil {
		return bundle, err
	}
	if bundle.Version != change.Version {
		return bundle, ErrProductChanged
	}
	before := slugsOf(bundle.Parts)
	if slices.Equal(before, change.Handbooks) {
		return bundle, nil
	}
	after := bundle
	if after.Parts, err = s.handbooks(ctx, bundle, change.Handbooks); err != nil {
		return bundle, err
	}
	if bundle.Status == Published || !bundle.PublishAt.IsZero() {
		if err := after.fitForTheShop(); err != nil {
			return bundle, err
		}
	}
	gained := slices.DeleteFunc(slices.Clone(change.Handbooks), func(slug string) bool { return slices.Contains(before, slug) })
	owners, err := s.config.Store.BundleOwners(ctx, bundle.ID)
	if err != nil {
		return bundle, err
	}
	if len(gained) > 0 && owners > 0 && change.ForOwners == nil {
		return bundle, wrongParts("for_owners", Say("Say whether those who own this bundle, %d by now, get what it gains, too.", owners))
	}
	act := Act{
		By: by, Verb: "bundle.parts", Subject: Subject{Kind: "product", ID: bundle.ID, Name: bundle.Slug},
		Before: map[string]any{"handbooks": before}, After: map[string]any{"handbooks": change.Handbooks},
	}
	forOwners := change.ForOwners == nil || *change.ForOwners
	if len(gained) > 0 {
		act.After["for_owners"], act.After["owners"] = forOwners, owners
	}
	save := PartsSave{BundleID: bundle.ID, Version: bundle.Version, ForOwners: forOwners, Act: act}
	for _, part := range after.Parts {
		save.Handbooks = append(save.Handbooks, part.ProductID)
	}
	if err := s.config.Store.SaveParts(ctx, save, s.now()); err != nil {
		return bundle, err
	}
	return s.config.Store.ProductToEdit(ctx, bundle.Slug)
}

// handbooks are the handbooks of these slugs as parts of a bundle.
func (s *Shop) handbooks(ctx context.Context, bundle EditedProduct, slugs []string) ([]Part, error) {
	if bundle.Kind != Bundle {
		return nil, NewError(Conflict, "only_in_bundles", "A handbook includes no others. Nothing was changed.")
	}
	if slug, twice := repeated(slugs); twice {
		return nil, wrongParts("parts", Say("“%s” is there twice.", slug))
	}
	known, err := s.config.Store.ProductsToEdit(ctx, slugs)
	if err != nil {
		return nil, err
	}
	parts := make([]Part, 0, len(slugs))
	for _, slug := range slugs {
		p, found := known[slug]
		if !found || p.Kind != Handbook {
			return nil, wrongParts("parts", Say("“%s” is not a handbook of the shop.", slug))
		}
		parts = append(parts, Part{ProductID: p.ID, Slug: p.Slug, Title: p.Title, Status: p.Status})
	}
	return parts, nil
}

func wrongParts(field string, why Sentence) error {
	e := NewError(Invalid, "invalid_parts", "Please look at the bundle's handbooks. Nothing was changed.")
	e.Fields = map[string]Sentence{field: why}
	return e
}

func slugsOf(parts []Part) []string {
	slugs := make([]string, len(parts))
	for i, part := range parts {
		slugs[i] = part.Slug
	}
	return slugs
}
