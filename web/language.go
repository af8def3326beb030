package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

// The language that a visitor chose is in the address of the page where it was chosen, and from then on in
// a cookie. Whoever chose none gets what the browser asks for.
const (
	languageParameter  = "lang"
	languageCookie     = "lang"
	languageCookieLife = 365 * 24 * time.Hour
)

// words are those of the visitor's language.
func (p *Pages) words(c *gin.Context) *words.Words {
	if chosen := shop.Language(c.Query(languageParameter)); chosen != "" && chosen.Known() == chosen {
		return p.catalogue.In(chosen)
	}
	if kept, err := c.Cookie(languageCookie); err == nil && shop.Language(kept).Known() == shop.Language(kept) {
		return p.catalogue.In(shop.Language(kept))
	}
	return p.catalogue.In(p.catalogue.Choose(c.GetHeader("Accept-Language")))
}

// rememberLanguage keeps the language that the address names.
func (p *Pages) rememberLanguage(c *gin.Context) {
	chosen := shop.Language(c.Query(languageParameter))
	if chosen == "" || chosen.Known() != chosen {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: languageCookie, Value: string(chosen), Path: "/", MaxAge: int(languageCookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure,
	})
}

// translation is a page in one of the shop's languages.
type translation struct {
	Language shop.Language
	Name     string // in the language itself
	Address  string
}

// languages are the translations of the page at that address.
func (p *Pages) languages(here string) []translation {
	var all []translation
	for _, l := range shop.Languages() {
		all = append(all, translation{Language: l, Name: capital(p.catalogue.In(l).Tongue(string(l))), Address: inLanguage(here, l)})
	}
	return all
}

// capital writes the first letter of a name large.
func capital(name string) string {
	_, size := utf8.DecodeRuneInString(name)
	return strings.ToUpper(name[:size]) + name[size:]
}

// inLanguage is the address of a page in a language, whatever the visitor's own is.
func inLanguage(here string, l shop.Language) string {
	path, query, _ := strings.Cut(here, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	values.Set(languageParameter, string(l))
	return path + "?" + values.Encode()
}
