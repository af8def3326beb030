package shop

import (
	"slices"
	"strconv"
	"strings"
)

// PageChanges says in which pages two editions of a handbook differ.
type PageChanges struct {
	Known   bool  // both PDFs were looked into
	Changed []int // pages of the newer edition that the older does not have like that, in order
	Removed int   // pages of the older edition that the newer has not at all, beyond those that were changed
}

// ComparePages compares two editions by the text of their pages. A page that was put in or taken out does not make
// those behind it count as changed.
func ComparePages(older, newer *Inspection) PageChanges {
	if older == nil || newer == nil || len(older.PageMarks) == 0 || len(newer.PageMarks) == 0 {
		return PageChanges{}
	}
	kept := keptPages(older.PageMarks, newer.PageMarks)
	changes := PageChanges{Known: true}
	for page := range newer.PageMarks {
		if !kept[page] {
			changes.Changed = append(changes.Changed, page+1)
		}
	}
	changes.Removed = max(0, len(older.PageMarks)-len(newer.PageMarks))
	return changes
}

// keptPages tells by index which pages of the newer list are a longest common subsequence of both.
func keptPages(older, newer []string) []bool {
	width := len(newer) + 1
	longest := make([]uint16, (len(older)+1)*width) // of what follows either place
	for i := len(older) - 1; i >= 0; i-- {
		for j := len(newer) - 1; j >= 0; j-- {
			if older[i] == newer[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	kept := make([]bool, len(newer))
	for i, j := 0, 0; i < len(older) && j < len(newer); {
		switch {
		case older[i] == newer[j]:
			kept[j] = true
			i, j = i+1, j+1
		case longest[(i+1)*width+j] >= longest[i*width+j+1]:
			i++
		default:
			j++
		}
	}
	return kept
}

// Pages writes the changed pages as people do: "3, 5–7".
func (c PageChanges) Pages() string {
	var runs []string
	for rest := c.Changed; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n] == rest[n-1]+1 {
			n++
		}
		run := strconv.Itoa(rest[0])
		if n > 1 {
			run += "–" + strconv.Itoa(rest[n-1])
		}
		runs, rest = append(runs, run), rest[n:]
	}
	return strings.Join(runs, ", ")
}

// None reports whether it is known that no page differs.
func (c PageChanges) None() bool { return c.Known && len(c.Changed) == 0 && c.Removed == 0 }

// ReadPages reads pages as people write them: "3, 5-7". Each stands once, in the order written.
func ReadPages(text string) (pages []int, ok bool) {
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		from, to, isRun := strings.Cut(strings.ReplaceAll(field, "–", "-"), "-")
		first, err := strconv.Atoi(from)
		if err != nil || first < 1 {
			return nil, false
		}
		last := first
		if isRun {
			if last, err = strconv.Atoi(to); err != nil || last < first || last-first > 100 {
				return nil, false
			}
		}
		for page := first; page <= last; page++ {
			if !slices.Contains(pages, page) {
				pages = append(pages, page)
			}
		}
	}
	return pages, true
}
