package web

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// robots keeps search engines out of what is one visitor's own, and shows them the way to the rest.
func (p *Pages) robots(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=3600")
	c.String(http.StatusOK, "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders/\nDisallow: /library\nDisallow: /archives/\nDisallow: /devices/\nDisallow: /handbooks/inside\nDisallow: /api/\n\nSitemap: %s/sitemap.xml\n", p.Shop.URL())
}

// A sitemap holds at most so many addresses (https://www.sitemaps.org/protocol.html).
const maxSitemap = 50_000

type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	XHTML   string       `xml:"xmlns:xhtml,attr"`
	Pages   []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Address    string        `xml:"loc"`
	Changed    string        `xml:"lastmod,omitempty"`
	Alternates []sitemapLink `xml:"xhtml:link"`
}

type sitemapLink struct {
	Rel      string `xml:"rel,attr"`
	Language string `xml:"hreflang,attr"`
	Address  string `xml:"href,attr"`
}

// sitemap lists every page that search engines should know, in each language.
func (p *Pages) sitemap(c *gin.Context) {
	p.universal(c, "/sitemap.xml", func() (*answer, error) {
		all := sitemap{XHTML: "http://www.w3.org/1999/xhtml"}
		newest := time.Time{}
		query := shop.ProductQuery{Sort: shop.SortNewest, Limit: shop.MaxPage}
		for len(all.Pages) < maxSitemap/2 {
			found, err := p.Store.Products(c.Request.Context(), query)
			if err != nil {
				return nil, fmt.Errorf("list the products for the sitemap: %w", err)
			}
			for _, product := range found.Items {
				all.Pages = append(all.Pages, p.sitemapURLs("/handbooks/"+product.Slug, product.UpdatedAt)...)
				if product.UpdatedAt.After(newest) {
					newest = product.UpdatedAt
				}
			}
			if query.Cursor = found.Next; query.Cursor == "" {
				break
			}
		}
		for _, here := range []string{"/", "/handbooks"} {
			all.Pages = append(all.Pages, p.sitemapURLs(here, newest)...)
		}
		for _, facet := range shop.Distinguishers() {
			all.Pages = append(all.Pages, p.sitemapURLs("/handbooks?distinguisher="+facet.Key, newest)...)
		}
		for _, here := range []string{"/about", "/help", "/terms", "/privacy"} {
			all.Pages = append(all.Pages, p.sitemapURLs(here, time.Time{})...)
		}
		var body bytes.Buffer
		body.WriteString(xml.Header)
		if err := xml.NewEncoder(&body).Encode(all); err != nil {
			return nil, fmt.Errorf("write the sitemap: %w", err)
		}
		return newAnswer(http.StatusOK, "application/xml; charset=utf-8", body.Bytes()), nil
	})
}

// sitemapURLs are the translations of one page, each of which names the others.
func (p *Pages) sitemapURLs(here string, changed time.Time) []sitemapURL {
	var links []sitemapLink
	for _, l := range shop.Languages() {
		links = append(links, sitemapLink{Rel: "alternate", Language: string(l), Address: p.canonical(here, l)})
	}
	var urls []sitemapURL
	for _, link := range links {
		url := sitemapURL{Address: link.Address, Alternates: links}
		if !changed.IsZero() {
			url.Changed = changed.UTC().Format(time.RFC3339)
		}
		urls = append(urls, url)
	}
	return urls
}

// canonical is the one address of a page in a language that search engines should keep.
func (p *Pages) canonical(here string, l shop.Language) string {
	if l == shop.English {
		return p.Shop.URL() + here
	}
	return p.Shop.URL() + inLanguage(here, l)
}
