package staff

import (
	"net/http"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type synonymsPage struct {
	frame
	Groups []synonymGroup
	New    synonymGroup
}

// synonymGroup is a group of words as it is, and as it stands in its form.
type synonymGroup struct {
	shop.Synonyms
	Typed string
	Wrong string
}

// Was is the group's words, with a line for each.
func (g synonymGroup) Was() string { return strings.Join(g.Words, "\n") }

// synonyms lists the groups of words that count as the same in a search.
func (d *Desk) synonyms(c *gin.Context) { d.synonymForms(c, http.StatusOK, nil) }

func (d *Desk) synonymForms(c *gin.Context, status int, cause error) {
	groups, err := d.Store.Synonyms(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	page := synonymsPage{frame: d.frame(c, "Words that count as the same", "/products")}
	page.Done, page.Trouble = productDone[c.Query("done")], d.tell(c, cause)
	changed := c.PostForm("id")
	for _, group := range groups {
		g := synonymGroup{Synonyms: group}
		if g.Typed = g.Was(); cause != nil && changed == group.ID {
			g.Typed, g.Wrong = c.PostForm("words"), page.Trouble.Message
		}
		page.Groups = append(page.Groups, g)
	}
	if cause != nil && changed == "" {
		page.New.Typed, page.New.Wrong = c.PostForm("words"), page.Trouble.Message
	}
	d.show(c, status, "synonyms", page)
}

// saveSynonyms saves one group, or removes it when it has no words.
func (d *Desk) saveSynonyms(c *gin.Context) {
	id := c.PostForm("id")
	was, group := shop.Synonyms{ID: id, Words: wordLines(c.PostForm("was"))}, shop.Synonyms{ID: id, Words: wordLines(c.PostForm("words"))}
	if err := d.Shop.ReplaceSynonyms(c.Request.Context(), actor(c), was, group); err != nil {
		d.synonymForms(c, statusOf(err), err)
		return
	}
	seeOther(c, "/synonyms?done=synonyms")
}

func wordLines(text string) []string {
	var words []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			words = append(words, line)
		}
	}
	return words
}
