package shop

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Grant gives a title away.
type Grant struct {
	Email        string
	Name         string // may be empty
	Organisation string // may be empty
	Language     Language
	Product      string // slug
	Licence      VariantKind
	Reason       string
	Request      string // the same for the same press of the button
}

// ErrNoSuchVariant answers a licence that a product has not.
var ErrNoSuchVariant = NewError(NotFound, "no_such_variant", "There is no such licence of such a title to give away. Drafts cannot be given.")

// grantCart stands in the place of a cart in orders that staff gave away.
const grantCart = "granted by staff"

// GrantOrder makes an order that costs nothing, for any address, and mails its receipt. The same request grants once.
func (s *Shop) GrantOrder(ctx context.Context, by Actor, g Grant) (Order, error) {
	why, err := g.clean()
	if err != nil {
		return Order{}, err
	}
	product, variant, err := s.config.Store.VariantToGrant(ctx, g.Product, g.Licence)
	if IsKind(err, NotFound) {
		return Order{}, wrongFields{"product": ErrNoSuchVariant.Message}.err()
	}
	if err != nil {
		return Order{}, err
	}
	o := s.granted(g, product, variant)
	var change Change
	if err := o.settle(&change, 0, s.now()); err != nil {
		return Order{}, err
	}
	act := o.act(by, "order.grant", nil, map[string]any{
		"email": Personal(o.Email), "title": product.Title, "licence": variant.Kind, "reason": why,
	})
	placed, err := s.config.Store.GrantOrder(ctx, o, change, act)
	if err == nil {
		s.config.Wake()
	}
	return placed, err
}

// granted is the order of a grant, not placed yet.
func (s *Shop) granted(g Grant, product Product, variant Variant) Order {
	now := s.now()
	line := OrderLine{
		ID: NewID(), Position: 1, ProductID: product.ID, ProductSlug: product.Slug, VariantID: variant.ID, Licence: variant.Kind,
		SKU: variant.SKU, Title: product.Title, Quantity: 1,
	}
	if edition := product.Edition(); edition != nil {
		line.EditionNumber = edition.Number
	}
	return Order{
		ID: NewID(), CartID: grantCart, Source: SourceGranted, Status: Pending,
		Email: g.Email, Name: g.Name, Organisation: g.Organisation, Language: g.Language.Known(), Currency: variant.Price.Currency,
		Lines: []OrderLine{line}, TokenVersion: 1, IdempotencyKey: g.Request, PlacedAt: now, UpdatedAt: now, ExpiresAt: now,
	}
}

// clean trims what staff typed, says what is wrong with it and returns the reason.
func (g *Grant) clean() (string, error) {
	wrong := wrongFields{}
	email, err := CleanEmail(g.Email)
	if err != nil {
		wrong["email"] = Say("This does not look like an e-mail address. It should be like name@school.org.")
	}
	g.Email = email
	for field, text := range map[string]*string{"name": &g.Name, "organisation": &g.Organisation} {
		*text = strings.Join(strings.Fields(*text), " ")
		switch {
		case !utf8.ValidString(*text) || strings.ContainsFunc(*text, unicode.IsControl):
			wrong[field] = Say("This holds characters that cannot be printed.")
		case utf8.RuneCountInString(*text) > maxName:
			wrong[field] = Say("This is longer than %d characters.", maxName)
		}
	}
	if !slices.Contains([]VariantKind{Individual, SchoolLicence}, g.Licence) {
		wrong["licence"] = Say("Please choose a licence.")
	}
	if g.Product == "" {
		wrong["product"] = Say("Please choose a title.")
	}
	if g.Request == "" {
		g.Request = NewSecret()
	}
	why, missing := reason(g.Reason)
	wrong.add("reason", missing)
	return why, wrong.err()
}
