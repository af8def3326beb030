package staff

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// productPage is the form of a product, and what can be done with it.
type productPage struct {
	frame
	Product  shop.EditedProduct // as it is; of a new one only the kind
	Texts    map[string]string  // what stands in the fields, by the keys of the facts
	Version  int                // that the form is an edit of
	Missing  []string           // what is missing before it can be in the shop
	Theirs   []shop.Difference  // where what was typed (After) differs from what somebody else saved meanwhile (Before)
	Owners   int                // of a bundle
	Places   []place            // of handbooks in a bundle
	When     string             // what was typed for the moment of publication
	Whose    string             // what was chosen for those who own the bundle
	Restores bool               // to publish it means to put it back
}

// place is a handbook with its place in a bundle.
type place struct {
	Handbook shop.Product
	Place    string // counted from 1; empty where it is not in the bundle
}

// field is a fact with what the form says of it.
type field struct {
	Key, Name, Hint, Text, Wrong string
	Fixed                        bool // it cannot be changed any more
}

// Field is the field of a fact.
func (p productPage) Field(key, name, hint string) field {
	return field{key, name, hint, p.Texts[key], p.Wrong(key), key == shop.FactSlug && p.Product.ID != "" && p.Product.Status != shop.Draft}
}

// facetChoice is a facet that may be chosen.
type facetChoice struct {
	shop.Facet
	Chosen bool
}

// Choices are the facets of a fact: those that are chosen in their order, then the others.
func (p productPage) Choices(key string) []facetChoice {
	facets := shop.Goals()
	if key == shop.FactDistinguishers {
		facets = shop.Distinguishers()
	}
	chosen := strings.Fields(p.Texts[key])
	var choices []facetChoice
	for _, k := range chosen {
		if shop.IsFacet(facets, k) {
			choices = append(choices, facetChoice{shop.Facet{Key: k, Name: shop.FacetName(facets, k)}, true})
		}
	}
	for _, f := range facets {
		if !slices.Contains(chosen, f.Key) {
			choices = append(choices, facetChoice{f, false})
		}
	}
	return choices
}

// Colour is the distinguisher that gives the cover its colour; empty where none is chosen.
func (p productPage) Colour() string {
	for _, c := range p.Choices(shop.FactDistinguishers) {
		if c.Chosen {
			return c.Key
		}
	}
	return ""
}

// Licences are the kinds of licence.
func (p productPage) Licences() []shop.VariantKind {
	return []shop.VariantKind{shop.Individual, shop.SchoolLicence}
}

// Edition is the newest edition; nil where there is none.
func (p productPage) Edition() *shop.Edition { return p.Product.Edition() }

// IsNew reports whether the product was never saved.
func (p productPage) IsNew() bool { return p.Product.ID == "" }

// newProduct shows an empty form.
func (d *Desk) newProduct(c *gin.Context) {
	p := shop.EditedProduct{Product: shop.Product{Kind: kindOf(c.Query("kind")), Language: string(shop.English)}}
	d.editor(c, http.StatusOK, p, textsOf(p), nil)
}

// kindOf is a handbook unless a bundle is asked for.
func kindOf(text string) shop.ProductKind {
	if text == string(shop.Bundle) {
		return shop.Bundle
	}
	return shop.Handbook
}

func textsOf(p shop.EditedProduct) map[string]string {
	texts := map[string]string{}
	for _, fact := range p.Facts() {
		texts[fact.Key] = fact.Text
	}
	return texts
}

// product shows the form of a product.
func (d *Desk) product(c *gin.Context) {
	p, err := d.Store.ProductToEdit(c.Request.Context(), c.Param("slug"))
	if err != nil {
		d.fail(c, err)
		return
	}
	d.editor(c, http.StatusOK, p, textsOf(p), nil)
}

func (d *Desk) createProduct(c *gin.Context) {
	blank := shop.EditedProduct{Product: shop.Product{Kind: kindOf(c.PostForm("kind"))}}
	texts := typed(c, blank)
	p, wrong := blank.ReadFacts(texts)
	err := shop.WrongFacts(wrong)
	if err == nil {
		p, err = d.Shop.CreateProduct(c.Request.Context(), actor(c), p)
	}
	if err != nil {
		d.editor(c, statusOf(err), blank, texts, err)
		return
	}
	seeOther(c, "/products/"+p.Slug+"?done=created")
}

// saveProduct saves the form. Where somebody else saved meanwhile, it shows what differs, and keeps what was typed.
func (d *Desk) saveProduct(c *gin.Context) {
	current, err := d.Store.ProductToEdit(c.Request.Context(), c.Param("slug"))
	if err != nil {
		d.fail(c, err)
		return
	}
	texts := typed(c, current)
	p, wrong := current.ReadFacts(texts)
	p.Version = formVersion(c)
	err = shop.WrongFacts(wrong)
	if err == nil {
		var saved shop.EditedProduct
		if saved, err = d.Shop.SaveProduct(c.Request.Context(), actor(c), current.Slug, p); err == nil {
			seeOther(c, "/products/"+saved.Slug+"?done=saved")
			return
		}
	}
	if errors.Is(err, shop.ErrProductChanged) { // it may have changed since it was read, too
		if current, _ = d.Store.ProductToEdit(c.Request.Context(), current.Slug); current.ID == "" {
			d.fail(c, err)
			return
		}
	}
	d.editor(c, statusOf(err), current, texts, err)
}

// formVersion is the version that a form is an edit of; 0 where it does not say.
func formVersion(c *gin.Context) int {
	version, err := strconv.Atoi(c.PostForm("version"))
	if err != nil {
		return 0
	}
	return version
}

// typed are the texts of the form's fields, by the keys of the facts. A fact that the form has no field for is not
// among them; boxes that are not ticked are.
func typed(c *gin.Context, p shop.EditedProduct) map[string]string {
	texts := map[string]string{}
	for _, fact := range p.Facts() {
		values, given := c.GetPostFormArray(fact.Key)
		switch {
		case fact.Key == shop.FactDistinguishers:
			texts[fact.Key] = strings.Join(firstOf(values, c.PostForm("colour")), "\n")
		case fact.Key == shop.FactGoals:
			texts[fact.Key] = strings.Join(values, "\n")
		case strings.HasSuffix(fact.Key, "_on_sale") && !given:
			texts[fact.Key] = "no"
		case given:
			texts[fact.Key] = values[0]
		}
	}
	return texts
}

// firstOf puts one of the values before the others, if it is among them.
func firstOf(values []string, first string) []string {
	if !slices.Contains(values, first) {
		return values
	}
	return append([]string{first}, slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == first })...)
}

// editor shows the form of a product as it was filled in, with what came of it.
func (d *Desk) editor(c *gin.Context, status int, p shop.EditedProduct, texts map[string]string, cause error) {
	page := productPage{frame: d.frame(c, p.Title, "/products"), Product: p, Texts: textsOf(p), Version: formVersion(c)}
	for key, text := range texts {
		page.Texts[key] = text
	}
	if page.Title == "" {
		page.Title = "New " + string(p.Kind)
	}
	page.Done = productDone[c.Query("done")]
	page.Trouble = d.tell(c, cause)
	page.When, page.Whose, page.Restores = c.PostForm("when"), c.PostForm("for_owners"), p.Status == shop.Archived
	if page.Version == 0 || errors.Is(cause, shop.ErrProductChanged) {
		page.Version = p.Version
	}
	if errors.Is(cause, shop.ErrProductChanged) {
		mine, _ := p.ReadFacts(texts)
		page.Theirs = shop.Differences(p, mine)
	}
	if page.IsNew() {
		d.show(c, status, "product", page)
		return
	}
	if err := d.addStanding(c, &page); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "product", page)
}

// addStanding adds what the page tells of a product beside its form.
func (d *Desk) addStanding(c *gin.Context, page *productPage) error {
	for _, missing := range page.Product.FitForTheShop() {
		page.Missing = append(page.Missing, missing.String())
	}
	slices.Sort(page.Missing)
	if page.Product.Kind != shop.Bundle {
		return nil
	}
	var err error
	if page.Owners, err = d.Store.BundleOwners(c.Request.Context(), page.Product.ID); err != nil {
		return err
	}
	page.Places, err = d.places(c, page.Product)
	return err
}

// productDone are the sentences about what was just done.
var productDone = map[string]string{
	"created":     "The draft is saved. Nobody but the staff sees it yet.",
	"saved":       "Saved. The shop shows it so from now on, if it is in the shop.",
	"published":   "It is in the shop now.",
	"scheduled":   "The publication is planned.",
	"unscheduled": "The planned publication was taken back.",
	"archived":    "It is off sale now. Those who own it keep it.",
	"parts":       "The bundle’s handbooks are saved.",
	"table":       "The table’s changes are saved.",
	"synonyms":    "The words are saved. The search knows them from now on.",
}

// previewProduct shows the page of a product as buyers will see it, with what stands in the form and was not saved.
func (d *Desk) previewProduct(c *gin.Context) {
	p := shop.EditedProduct{Product: shop.Product{Kind: kindOf(c.PostForm("kind")), Slug: "preview"}}
	if slug := c.PostForm("of"); slug != "" {
		var err error
		if p, err = d.Store.ProductToEdit(c.Request.Context(), slug); err != nil {
			d.fail(c, err)
			return
		}
	}
	edited, _ := p.ReadFacts(typed(c, p)) // what cannot be read is told when it is saved
	page, err := d.Preview(c.Request.Context(), edited.Product)
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Data(http.StatusOK, "text/html; charset=utf-8", page)
}
