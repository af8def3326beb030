package store

import "strings"

// likeText makes a text from outside stand for itself in a LIKE whose escape character is the backslash.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text))
}
