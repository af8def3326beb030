package delivery

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest file name offered, in bytes: file systems take 255, and browsers add " (1)".
const maxName = 200

// Disposition returns the Content-Disposition header that saves a download under name (RFC 6266): as
// ASCII for old programs and as it is, in UTF-8 (RFC 8187). No name can end the header, add a parameter
// or leave the folder it is saved in.
func Disposition(name string) string {
	name = fileName(name)
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, asciiName(name), percentName(name))
}

// fileName drops from name what no file name should hold and shortens it, keeping the extension.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '/' || r == '\\' || r == ':':
			return '-'
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1 // a reversed name shows another extension than it has
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if name == "" {
		return "download"
	}
	if len(name) <= maxName {
		return name
	}
	extension := path.Ext(name)
	if len(extension) > maxName/4 {
		extension = ""
	}
	cut := maxName - len(extension)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], " .") + extension
}

// asciiName puts an underscore for whatever a quoted string or an old browser could misread.
func asciiName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
}

// percentName writes name as an RFC 8187 value: all but its attr-char percent-encoded.
func percentName(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
