// Package results keeps the file of measurements, to which several programs each write a part of their
// own. It does not know what is measured.
package results

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// Write puts a part into a file of Markdown, in place of the one with the same heading, or at its end. A
// part begins with a heading of the first level, which nothing else in it may have.
func Write(path, part string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, []byte(replace(string(old), part)), 0o600)
}

func replace(page, part string) string {
	heading, _, _ := strings.Cut(part, "\n")
	parts := split(page)
	for i, p := range parts {
		if strings.HasPrefix(p, heading+"\n") {
			parts[i] = part
			return join(parts)
		}
	}
	return join(append(parts, part))
}

// split takes a page apart before each heading of the first level.
func split(page string) []string {
	var parts []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "# ") || len(parts) == 0 {
			parts = append(parts, "")
		}
		parts[len(parts)-1] += line
	}
	return parts
}

func join(parts []string) string {
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return strings.Join(parts, "\n\n") + "\n"
}
