package staff

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// errPlace answers a bundle's form with a place that cannot be read.
var errPlace = shop.NewError(shop.Invalid, "invalid_parts", "A handbook’s place in the bundle is a whole number, such as 1. Nothing was changed.")

// placePrefix is what the fields of a bundle's form begin with, before the slug of a handbook.
const placePrefix = "place-"

// setParts saves the handbooks of a bundle.
func (d *Desk) setParts(c *gin.Context) {
	handbooks, err := typedParts(c)
	if err == nil {
		change := shop.PartsChange{Slug: c.Param("slug"), Version: formVersion(c), Handbooks: handbooks}
		if whose := c.PostForm("for_owners"); whose != "" {
			forOwners := whose == "yes"
			change.ForOwners = &forOwners
		}
		_, err = d.Shop.SetParts(c.Request.Context(), actor(c), change)
	}
	d.afterTurn(c, "parts", err)
}

// typedParts are the slugs of the handbooks that the form gives a place, by their places.
func typedParts(c *gin.Context) ([]string, error) {
	type placed struct {
		slug  string
		place int
	}
	var all []placed
	for name, values := range c.Request.PostForm {
		slug, is := strings.CutPrefix(name, placePrefix)
		text := strings.TrimSpace(values[0])
		if !is || text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errPlace.Because(err)
		}
		all = append(all, placed{slug, n})
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.place, b.place), strings.Compare(a.slug, b.slug)) })
	slugs := make([]string, len(all))
	for i, p := range all {
		slugs[i] = p.slug
	}
	return slugs, nil
}

// mostHandbooks is how many handbooks the form of a bundle offers.
const mostHandbooks = 500

// places are the handbooks with their places in a bundle, or those that were typed: what is in it first, then by title.
func (d *Desk) places(c *gin.Context, bundle shop.EditedProduct) ([]place, error) {
	found, err := d.Store.DeskProducts(c.Request.Context(), shop.DeskProductQuery{Kind: shop.Handbook, Limit: mostHandbooks})
	if err != nil {
		return nil, err
	}
	order := map[string]int{}
	for i, part := range bundle.Parts {
		order[part.Slug] = i + 1
	}
	places := make([]place, len(found.Items))
	for i, p := range found.Items {
		places[i].Handbook = p.Product
		if n := order[p.Slug]; n > 0 {
			places[i].Place = strconv.Itoa(n)
		}
		if text, typed := c.GetPostForm(placePrefix + p.Slug); typed {
			places[i].Place = text
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		n, m := order[a.Handbook.Slug], order[b.Handbook.Slug]
		if n != m && (n == 0 || m == 0) {
			return cmp.Compare(m, n)
		}
		return cmp.Or(cmp.Compare(n, m), strings.Compare(a.Handbook.Title, b.Handbook.Title))
	})
	return places, nil
}
