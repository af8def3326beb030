package press

import "fmt"

// fieldNames names places to write on by the words that stand before them.
type fieldNames struct {
	words string
	named int // places by these words
}

// says notes words, where there are any, that what comes after is about.
func (n *fieldNames) says(words string) {
	if words != "" {
		*n = fieldNames{words: words}
	}
}

// fieldName names the next place. Further ones after the same words are numbered.
func (n *fieldNames) fieldName() string {
	n.named++
	if n.named == 1 {
		return n.words
	}
	return numbered(n.words, n.named)
}

func numbered(words string, number int) string { return fmt.Sprintf("%s (%d)", words, number) }

// tickName names a box by the words beside it.
func (n *fieldNames) tickName(it item) string {
	for _, b := range it.blocks {
		if p, ok := b.(paragraph); ok && plain(p.spans) != "" {
			return plain(p.spans)
		}
	}
	return n.fieldName()
}
