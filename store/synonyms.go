package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"bookroom/shop"
)

type searchSynonymRow struct {
	GroupID  string `gorm:"primaryKey"`
	Position int    `gorm:"primaryKey"`
	Words    string
}

// Synonyms lists the groups of words that count as the same in a search, by their ids.
func (s *Store) Synonyms(ctx context.Context) ([]shop.Synonyms, error) {
	var groups []shop.Synonyms
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		groups, err = readSynonyms(tx)
		return err
	})
	return groups, err
}

func readSynonyms(tx *gorm.DB) ([]shop.Synonyms, error) {
	var rows []searchSynonymRow
	if err := tx.Order("group_id, position").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read synonyms: %w", err)
	}
	var groups []shop.Synonyms
	for _, row := range rows {
		if len(groups) == 0 || groups[len(groups)-1].ID != row.GroupID {
			groups = append(groups, shop.Synonyms{ID: row.GroupID})
		}
		newest := &groups[len(groups)-1]
		newest.Words = append(newest.Words, row.Words)
	}
	return groups, nil
}

// ReplaceSynonyms writes a group of synonyms in place of what it was, which is shop.ErrSynonymsChanged when it was
// something else by then. A group without words is removed. A group that makes no sense is an Error of kind Invalid.
func (s *Store) ReplaceSynonyms(ctx context.Context, was, group shop.Synonyms, act shop.Act, now time.Time) error {
	rows, err := synonymRows(group)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		if err := compareSynonyms(tx, was); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM search_synonyms WHERE group_id = ?", group.ID).Error; err != nil {
			return fmt.Errorf("delete synonyms: %w", err)
		}
		if len(rows) > 0 {
			if err := tx.Create(&rows).Error; err != nil {
				return fmt.Errorf("write synonyms: %w", err)
			}
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		return writeCatalogVersion(tx, version, now)
	})
}

// compareSynonyms sees that a group is still what somebody who changes it has seen.
func compareSynonyms(tx *gorm.DB, was shop.Synonyms) error {
	var words []string
	if err := tx.Raw("SELECT words FROM search_synonyms WHERE group_id = ? ORDER BY position", was.ID).Scan(&words).Error; err != nil {
		return fmt.Errorf("read a group of synonyms: %w", err)
	}
	if !slices.Equal(words, was.Words) {
		return shop.ErrSynonymsChanged
	}
	return nil
}

func synonymRows(group shop.Synonyms) ([]searchSynonymRow, error) {
	if group.ID == "" || !isKey(group.ID) || len(group.Words) == 1 || len(group.Words) > shop.MaxSynonyms {
		return nil, shop.NewError(shop.Invalid, "invalid_synonyms", "A group of synonyms has 2 to %d words or phrases.", shop.MaxSynonyms)
	}
	var rows []searchSynonymRow
	seen := map[string]bool{}
	for i, words := range group.Words {
		key := strings.Join(foldedWords(words), " ")
		if key == "" || len(words) > shop.MaxSynonymLength || !isKey(words) || seen[key] {
			return nil, shop.NewError(shop.Invalid, "invalid_synonyms",
				"Each synonym has letters, is not longer than %d letters, and stands in its group once.", shop.MaxSynonymLength)
		}
		seen[key] = true
		rows = append(rows, searchSynonymRow{GroupID: group.ID, Position: i + 1, Words: words})
	}
	return rows, nil
}

// phrase is some words that stand beside each other.
type phrase []string

// synonyms are what stands for what, as far as the shop has it.
type synonyms struct {
	groups  []synonymGroup
	meaning map[string][]int // groups by the stems of one of their phrases
	longest int              // words of a phrase
}

type synonymGroup struct {
	phrases []phrase // as staff wrote them, folded
	present []phrase // in all forms in which the shop may have them
}

// maxForms bounds in how many forms a phrase is looked for.
const maxForms = 16

func (v *vocabulary) readSynonyms(tx *gorm.DB) error {
	groups, err := readSynonyms(tx)
	if err != nil {
		return err
	}
	v.meaning = map[string][]int{}
	for _, group := range groups {
		var g synonymGroup
		for _, words := range group.Words {
			p := phrase(foldedWords(words))
			g.phrases = append(g.phrases, p)
			g.present = append(g.present, v.present(p)...)
		}
		for _, p := range g.phrases {
			key := meaningOf(p)
			v.meaning[key] = append(v.meaning[key], len(v.groups))
			v.longest = max(v.longest, len(p))
		}
		v.groups = append(v.groups, g)
	}
	return nil
}

func meaningOf(p phrase) string {
	stems := make([]string, len(p))
	for i := range p {
		stems[i] = stem(p[i])
	}
	return strings.Join(stems, " ")
}

// presentOf lists the phrases of a group in all forms that texts may have.
func (v *vocabulary) presentOf(group synonymGroup) []phrase {
	if v.inside == nil {
		return group.present
	}
	var present []phrase
	for _, p := range group.phrases {
		present = append(present, v.present(p)...)
	}
	return present
}

// present lists the forms of a phrase, singular and plural, whose words the shop all has.
func (v *vocabulary) present(p phrase) []phrase {
	forms := []phrase{nil}
	for _, w := range p {
		var longer []phrase
		for _, begun := range forms {
			for _, form := range v.formsOf(w) {
				longer = append(longer, append(slices.Clone(begun), form))
			}
		}
		forms = longer[:min(len(longer), maxForms)]
	}
	return forms
}

// sameAs lists what stands for a phrase, which itself may be among it.
func (v *vocabulary) sameAs(p phrase) []phrase {
	var same []phrase
	for _, group := range v.meaning[meaningOf(p)] {
		same = append(same, v.presentOf(v.groups[group])...)
	}
	return same
}

// sameAsBegun lists what stands for the synonyms that begin so. One or two letters say nothing yet.
func (v *vocabulary) sameAsBegun(beginning string) []phrase {
	if utf8.RuneCountInString(beginning) < 3 {
		return nil
	}
	var same []phrase
	for _, group := range v.groups {
		if slices.ContainsFunc(group.phrases, func(p phrase) bool { return strings.HasPrefix(p[0], beginning) }) {
			same = append(same, v.presentOf(group)...)
		}
	}
	return same
}

// synonymsAlone are the words that no product has of synonyms for something that products have.
func (v *vocabulary) synonymsAlone() []string {
	var alone []string
	for _, group := range v.groups {
		if len(group.present) == 0 {
			continue
		}
		for _, p := range group.phrases {
			for _, w := range p {
				if _, known := v.known[w]; !known {
					alone = append(alone, w)
				}
			}
		}
	}
	slices.Sort(alone)
	return slices.Compact(alone)
}
