package shop

import (
	"context"
	"slices"
)

// ErrSynonymsChanged answers an edit of a group of synonyms that somebody else changed meanwhile.
var ErrSynonymsChanged = NewError(Conflict, "synonyms_changed", "Somebody else changed this group meanwhile. Nothing was saved; look at it as it is now.")

// ReplaceSynonyms writes a group of words that count as the same in a search, in place of what it was. A group without
// an ID is new; one without words is removed.
func (s *Shop) ReplaceSynonyms(ctx context.Context, by Actor, was, group Synonyms) error {
	if group.ID == "" {
		group.ID = NewID()
		was.ID = group.ID
	}
	if slices.Equal(was.Words, group.Words) {
		return nil
	}
	act := Act{
		By: by, Verb: "synonyms.edit", Subject: Subject{Kind: "synonyms", ID: group.ID, Name: group.name(was)},
		Before: map[string]any{"words": was.Words}, After: map[string]any{"words": group.Words},
	}
	return s.config.Store.ReplaceSynonyms(ctx, was, group, act, s.now())
}

// name is what people know the group by: its first word.
func (s Synonyms) name(was Synonyms) string {
	for _, words := range slices.Concat(s.Words, was.Words) {
		return words
	}
	return s.ID
}
