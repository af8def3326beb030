package web

import (
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
	"github.com/gorilla/feeds"
)

// feedLength is how many editions the feed remembers.
const feedLength = 30

// feed tells news readers of new handbooks and editions.
func (p *Pages) feed(c *gin.Context) {
	w := p.words(c)
	p.public(c, "/feed.xml", func() (*answer, error) {
		found, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Sort: shop.SortNewest, Limit: feedLength})
		if err != nil {
			return nil, fmt.Errorf("list the newest editions: %w", err)
		}
		feed := feeds.Feed{
			Title: w.Say("New handbooks and editions"), Link: &feeds.Link{Href: p.canonical("/handbooks", w.Language)},
			Description: w.Say("The training handbooks of Big Picture Learning, as downloads that you keep."),
		}
		for _, product := range found.Items {
			feed.Items = append(feed.Items, p.feedItem(w, product))
		}
		if len(feed.Items) > 0 {
			feed.Updated = feed.Items[0].Created
		}
		body, err := feed.ToRss()
		if err != nil {
			return nil, fmt.Errorf("write the feed: %w", err)
		}
		return newAnswer(http.StatusOK, "application/rss+xml; charset=utf-8", []byte(body)), nil
	})
}

func (p *Pages) feedItem(w *words.Words, product shop.Product) *feeds.Item {
	item := &feeds.Item{
		Title: product.Title, Link: &feeds.Link{Href: p.canonical("/handbooks/"+product.Slug, w.Language)},
		Description: product.Summary, Created: product.PublishedAt, Id: product.ID, IsPermaLink: "false",
	}
	edition := product.Edition()
	if edition == nil {
		return item
	}
	item.Id, item.Created = edition.ID, edition.PublishedAt
	if edition.Number > 1 {
		item.Title = w.Say("%s, edition %d", product.Title, edition.Number)
		item.Description = edition.Notes
	}
	item.Created = item.Created.Truncate(time.Second)
	return item
}
