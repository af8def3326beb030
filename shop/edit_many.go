package shop

import (
	"context"
	"maps"
	"slices"
)

// ProductRow is a line of a table of products, as texts.
type ProductRow struct {
	Line    int // in the table, counted from 1
	Slug    string
	Version int               // that the table was written of; 0 where it does not say
	Typed   map[string]string // by the keys of Facts; a fact that is not there stays as it is
}

// RowProblem is what is wrong with one cell of a table.
type RowProblem struct {
	Line   int
	Column string // its name; empty where it is the whole line
	Why    Sentence
}

// ProductChange is what a row would change.
type ProductChange struct {
	Slug, Title string
	Version     int // of the product now
	// Since reports that the product was changed after the table was written: what the table says may be older.
	Since       bool
	Differences []Difference
}

// TableChange is what a table would change, or what is wrong with it.
type TableChange struct {
	Changes   []ProductChange
	Unchanged int // rows that say what the shop has already
	Problems  []RowProblem
}

// CompareRows says what a table of products would change, and changes nothing.
func (s *Shop) CompareRows(ctx context.Context, rows []ProductRow) (TableChange, error) {
	change, _, err := s.compareRows(ctx, rows)
	return change, err
}

// ApplyRows changes what CompareRows has shown, all or nothing. versions are those of the products it was shown for: when
// one of them is another by now, or the table would change more than was shown, it is ErrProductChanged with what there
// is to show now.
func (s *Shop) ApplyRows(ctx context.Context, by Actor, rows []ProductRow, versions map[string]int) (TableChange, error) {
	change, edited, err := s.compareRows(ctx, rows)
	if err != nil {
		return change, err
	}
	if len(change.Problems) > 0 {
		return change, NewError(Invalid, "invalid_table", "Some cells of the table cannot be taken. Nothing was changed.")
	}
	now := map[string]int{}
	var saves []ProductSave
	for i, c := range change.Changes {
		now[c.Slug] = c.Version
		act := Act{By: by, Verb: "product.edit", Before: map[string]any{}, After: map[string]any{}}
		for _, d := range c.Differences {
			act.Before[d.Key], act.After[d.Key] = d.Before, d.After
		}
		saves = append(saves, ProductSave{Product: edited[i], Act: act})
	}
	if !maps.Equal(now, versions) {
		return change, ErrProductChanged
	}
	if len(saves) == 0 {
		return change, nil
	}
	return change, s.config.Store.SaveProducts(ctx, saves, s.now())
}

// compareRows returns, beside what would change, the products as they would be.
func (s *Shop) compareRows(ctx context.Context, rows []ProductRow) (TableChange, []EditedProduct, error) {
	var change TableChange
	var edited []EditedProduct
	slugs := make([]string, len(rows))
	for i, row := range rows {
		slugs[i] = row.Slug
	}
	products, err := s.config.Store.ProductsToEdit(ctx, slugs)
	if err != nil {
		return change, nil, err
	}
	for i, row := range rows {
		current, found := products[row.Slug]
		switch {
		case !found:
			change.Problems = append(change.Problems, RowProblem{row.Line, FactSlug, Say("There is no product “%s”.", row.Slug)})
			continue
		case slices.Contains(slugs[:i], row.Slug):
			change.Problems = append(change.Problems, RowProblem{row.Line, FactSlug, Say("“%s” is there twice.", row.Slug)})
			continue
		}
		p, problems := current.readRow(row)
		change.Problems = append(change.Problems, problems...)
		differ := Differences(current, p)
		if len(differ) == 0 {
			change.Unchanged++
			continue
		}
		edited = append(edited, p)
		change.Changes = append(change.Changes, ProductChange{
			Slug: current.Slug, Title: current.Title, Version: current.Version, Since: row.Version != 0 && row.Version != current.Version, Differences: differ,
		})
	}
	return change, edited, nil
}

// readRow returns the product as the row would have it.
func (p EditedProduct) readRow(row ProductRow) (EditedProduct, []RowProblem) {
	edited, wrong := p.ReadFacts(row.Typed)
	edited.nameLicences()
	if len(wrong) == 0 {
		if err := edited.checkAfter(p); err != nil {
			wrong = AsError(err).Fields
		}
	}
	var problems []RowProblem
	for _, key := range slices.Sorted(maps.Keys(wrong)) {
		problems = append(problems, RowProblem{row.Line, key, wrong[key]})
	}
	return edited, problems
}
