package staff_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/store/storetest"
)

// form is what the page's editor would send as it stands.
func (r reply) form(tb testing.TB) url.Values {
	tb.Helper()
	_, editor, found := strings.Cut(r.body, `id="editor"`)
	if !found {
		tb.Fatalf("there is no editor in: %s", r.body)
	}
	editor, _, _ = strings.Cut(editor, "</form>")
	form := url.Values{}
	for _, input := range regexp.MustCompile(`<input [^>]*>`).FindAllString(editor, -1) {
		if strings.Contains(input, `type="checkbox"`) && !strings.Contains(input, " checked") {
			continue
		}
		form.Add(attribute(input, "name"), attribute(input, "value"))
	}
	for _, area := range regexp.MustCompile(`(?s)<textarea [^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>`).FindAllStringSubmatch(editor, -1) {
		form.Add(area[1], html.UnescapeString(area[2]))
	}
	return form
}

func attribute(tag, name string) string {
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

func (r reply) to(tb testing.TB, path string) {
	tb.Helper()
	if got := r.header.Get("Location"); r.status != http.StatusSeeOther || got != path {
		tb.Fatalf("answered %d to %q, want %q: %s", r.status, got, path, r.body)
	}
}

func TestTheListOfProducts(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleSupport)
	all := v.Get("/staff/products")
	all.Expect(t, http.StatusOK, "The Advisory Handbook", "In the shop", "$19.00", `href="/staff/products/both"`)
	if strings.Contains(all.body, "New handbook") {
		t.Error("who may not edit is offered a new handbook")
	}
	narrow := v.Get("/staff/products?q=real+world&kind=handbook&state=published")
	narrow.Expect(t, http.StatusOK, "Projects in the Real World")
	if strings.Contains(narrow.body, "The Advisory Handbook") {
		t.Error("the list is not narrowed")
	}
	v.Get("/staff/products?q=zzz").Expect(t, http.StatusOK, "No product fits.")
	v.Get("/staff/products?cursor=x").Expect(t, http.StatusUnprocessableEntity, "start again from the first page")
	v.Get("/staff/products/none").Expect(t, http.StatusNotFound)
}

func TestAHandbookIsMadeEditedAndShown(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleCatalog)
	form := v.Get("/staff/products/new").form(t)
	for key, text := range map[string]string{
		"title": "Bells & Whistles", "slug": "Bells", "description": "## Why\n\n<script>alert(1)</script>\n\n*Because.*", "authors": "Ana\nBen",
		"contents": "One | 5\n  Two | six", "individual_price": "much", "tags": "noise",
	} {
		form.Set(key, text)
	}
	form["distinguishers"] = []string{"lti", "culture"}
	form.Set("colour", "culture")
	refused := v.Post("/staff/products", form)
	refused.Expect(t, http.StatusUnprocessableEntity, "What stands behind “|” is a page", "Type an amount as a number", "Bells &amp; Whistles", "Ana\nBen")
	form.Set("contents", "One | 5\n  Two | 6")
	form.Set("individual_price", "$38")
	v.Post("/staff/products", form).Expect(t, http.StatusUnprocessableEntity, "An address has small letters", `aria-invalid="true"`, `value="$38"`)
	form.Set("slug", "bells")
	v.Post("/staff/products", form).to(t, "/staff/products/bells?done=created")
	v.Post("/staff/products", form).Expect(t, http.StatusConflict, "Another product has this address.")

	page := v.Get("/staff/products/bells?done=created")
	page.Expect(t, http.StatusOK, "The draft is saved.", "A handbook needs an edition with files", "Bells &amp; Whistles", "  Two | 6")
	if strings.Contains(page.body, "Publish now") {
		t.Error("what is not fit for the shop can be published")
	}
	made, err := p.store.ProductToEdit(t.Context(), "bells")
	must(t, err)
	if made.Distinguishers[0] != "culture" || len(made.Variants) != 0 || made.Withdrawn[0].Price.Amount != 3800 || made.Contents[1].Level != 2 {
		t.Errorf("it is %+v", made)
	}

	form = page.form(t)
	form.Set("summary", "For the ears.")
	form.Set("individual_on_sale", "yes")
	preview := v.Post("/staff/product-preview", form)
	preview.Expect(t, http.StatusOK, "This is a preview", "For the ears.", "<em>Because.</em>", "$38", " disabled>")
	if strings.Contains(preview.body, "alert(1)") {
		t.Error("the preview is not sanitised")
	}
	v.Post("/staff/products/bells", form).to(t, "/staff/products/bells?done=saved")
	v.Post("/staff/products/bells/publish", url.Values{"version": {"2"}}).Expect(t, http.StatusUnprocessableEntity, "Something is missing before this can be in the shop")
}

func TestWhatIsTypedIsPreviewedBeforeItIsSavedOnce(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleCatalog)
	v.Post("/staff/product-preview", url.Values{"kind": {"handbook"}}).Expect(t, http.StatusOK, "This is a preview")
	v.Post("/staff/product-preview", url.Values{"kind": {"bundle"}, "of": {storetest.Both}, "title": {"Both of Them"}}).
		Expect(t, http.StatusOK, "Both of Them", "The Advisory Handbook")
}

func TestTwoWhoEditAreShownBothTexts(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	ann, bob := p.SignIn(t, shop.RoleCatalog), p.SignIn(t, shop.RoleAdmin)
	path := "/staff/products/" + storetest.Advisory
	anns, bobs := ann.Get(path).form(t), bob.Get(path).form(t)
	anns.Set("title", "Ann’s title")
	ann.Post(path, anns).to(t, path+"?done=saved")
	bobs.Set("title", "Bob’s title")
	bobs.Set("subtitle", "Bob’s subtitle")
	conflict := bob.Post(path, bobs)
	conflict.Expect(t, http.StatusConflict, "<del>Ann’s title</del>", "<ins>Bob’s title</ins>", "<ins>Bob’s subtitle</ins>", "Save over the newer version", `value="Bob’s title"`)
	if now := storetest.MustProduct(t, p.store, storetest.Advisory); now.Title != "Ann’s title" {
		t.Errorf("the title is %q", now.Title)
	}
	bob.Post(path, conflict.form(t)).to(t, path+"?done=saved")
	if now := storetest.MustProduct(t, p.store, storetest.Advisory); now.Title != "Bob’s title" || now.Subtitle != "Bob’s subtitle" {
		t.Errorf("the title is %q", now.Title)
	}
	ann.Post(path+"/archive", url.Values{"version": {"1"}}).Expect(t, http.StatusConflict, "Somebody else changed this product")
	ann.Post(path+"/archive", url.Values{"version": {"3"}}).to(t, path+"?done=archived")
	ann.Get(path).Expect(t, http.StatusOK, "Put it back into the shop")
	ann.Post(path+"/publish", url.Values{"version": {"4"}}).to(t, path+"?done=published")
}

func TestAPublicationIsPlanned(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	draft := storetest.Handbook("draft", "A Draft")
	draft.Product.Status = shop.Draft
	storetest.MustImport(t, p.store, draft)
	v := p.SignIn(t, shop.RoleCatalog)
	const path = "/staff/products/draft"
	v.Get(path).Expect(t, http.StatusOK, "Publish now", "is fixed from then on")
	v.Post(path+"/schedule", url.Values{"version": {"1"}, "when": {"soon"}}).Expect(t, http.StatusUnprocessableEntity, "Choose a day and a time")
	v.Post(path+"/schedule", url.Values{"version": {"1"}, "when": {"2001-01-01T08:00"}}).Expect(t, http.StatusUnprocessableEntity, "That moment is over", `value="2001-01-01T08:00"`)
	v.Post(path+"/schedule", url.Values{"version": {"1"}, "when": {"2999-01-01T08:00"}}).to(t, path+"?done=scheduled")
	v.Get(path).Expect(t, http.StatusOK, "Planned for Jan 1, 2999 08:00", "Take the plan back", "Edition 1, 1 file.", `href="/staff/products/draft/edition"`)
	v.Post(path+"/unschedule", url.Values{"version": {"2"}}).to(t, path+"?done=unscheduled")
}

func TestABundleGainsAHandbook(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	storetest.MustPaidOrder(t, p.store, storetest.Both)
	v := p.SignIn(t, shop.RoleCatalog)
	const path = "/staff/products/" + storetest.Both
	v.Get(path).Expect(t, http.StatusOK, "Give it to the 1 person who bought the bundle", `name="place-projects" value="2"`)
	form := url.Values{"version": {"1"}, "place-starter": {"1"}, "place-projects": {"3"}, "place-advisory": {"2"}}
	v.Post(path+"/parts", form).Expect(t, http.StatusUnprocessableEntity, "Say whether those who own this bundle, 1 by now", `name="place-starter" value="1"`)
	form.Set("for_owners", "no")
	form.Set("place-starter", "first")
	v.Post(path+"/parts", form).Expect(t, http.StatusUnprocessableEntity, "place in the bundle is a whole number", `value="first"`)
	form.Set("place-starter", "1")
	v.Post(path+"/parts", form).to(t, path+"?done=parts")
	if parts := storetest.MustProduct(t, p.store, storetest.Both).Parts; len(parts) != 3 || parts[0].Slug != storetest.Starter {
		t.Errorf("it holds %+v", parts)
	}
}

// upload sends a table as a browser does.
func (v *visitor) upload(path, table string, fields url.Values) reply {
	v.tb.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if fields == nil {
		file, err := w.CreateFormFile("table", "products.csv")
		must(v.tb, err)
		_, err = file.Write([]byte(table))
		must(v.tb, err)
	}
	for name, values := range fields {
		for _, value := range values {
			must(v.tb, w.WriteField(name, value))
		}
	}
	must(v.tb, w.Close())
	request, err := http.NewRequestWithContext(v.tb.Context(), http.MethodPost, v.url+path, &body)
	must(v.tb, err)
	request.Header.Set("Content-Type", w.FormDataContentType())
	return v.send(request)
}

func TestATableIsShownBeforeItChangesAnything(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleCatalog)
	v.Get("/staff/product-table").Expect(t, http.StatusOK, "Fetch the table", "<code>individual_price</code>")
	file := v.Get("/staff/product-table.csv")
	file.Expect(t, http.StatusOK, "\uFEFFslug,version,kind,status,title", "advisory,1,handbook,published,The Advisory Handbook")
	v.upload("/staff/product-table", file.body, nil).Expect(t, http.StatusOK, "there is nothing to change")
	v.upload("/staff/product-table", "slug,individual_price\nadvisory,cheap\nnone,1\n", nil).
		Expect(t, http.StatusUnprocessableEntity, "Type an amount as a number", "There is no product “none”.", `<td class="r">3</td>`)
	v.upload("/staff/product-table", "slug,title\nadvisory\n", nil).Expect(t, http.StatusUnprocessableEntity, "This line has 1 cells")
	v.upload("/staff/product-table", strings.Repeat("x", 600<<10), nil).Expect(t, http.StatusRequestEntityTooLarge, "larger than 512 KB")
	v.upload("/staff/product-table", "", url.Values{"other": {"x"}}).Expect(t, http.StatusUnprocessableEntity, "Choose a table first")

	table := strings.Replace(file.body, "19.00", "21.5", 1)
	shown := v.upload("/staff/product-table", table, nil)
	shown.Expect(t, http.StatusOK, "<del>19.00</del>", "<ins>21.50</ins>", `name="shown" value="advisory=1"`)
	confirm := url.Values{"table": {table}, "shown": {"advisory=1"}}
	edited, err := p.store.ProductToEdit(t.Context(), storetest.Advisory)
	must(t, err)
	edited.Subtitle = "Meanwhile"
	_, err = p.shop.SaveProduct(t.Context(), shop.Actor{Name: "Ann"}, storetest.Advisory, edited)
	must(t, err)
	v.upload("/staff/product-table/apply", "", confirm).Expect(t, http.StatusConflict, "changed after you saw this", "<del>Meanwhile</del>", `value="advisory=2"`)
	confirm.Set("shown", "advisory=2")
	v.upload("/staff/product-table/apply", "", confirm).to(t, "/staff/product-table?done=table")
	if now := storetest.MustProduct(t, p.store, storetest.Advisory); now.From().Amount != 2150 {
		t.Errorf("it costs %v", now.From())
	}
}

func TestWordsThatCountAsTheSameAreKept(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.SignIn(t, shop.RoleCatalog)
	v.Get("/staff/synonyms").Expect(t, http.StatusOK, "LTI")
	v.Post("/staff/synonyms", url.Values{"words": {"mentor"}}).Expect(t, http.StatusUnprocessableEntity, "A group of synonyms has 2 to 30", "\nmentor</textarea>")
	v.Post("/staff/synonyms", url.Values{"words": {"mentor\r\nworkplace  guide"}}).to(t, "/staff/synonyms?done=synonyms")
	groups, err := p.store.Synonyms(t.Context())
	must(t, err)
	var id string
	for _, g := range groups {
		if g.Words[0] == "mentor" && g.Words[1] == "workplace guide" {
			id = g.ID
		}
	}
	v.Post("/staff/synonyms", url.Values{"id": {id}, "was": {"mentor"}, "words": {"mentor\nguide"}}).Expect(t, http.StatusConflict, "Somebody else changed this group")
	v.Post("/staff/synonyms", url.Values{"id": {id}, "was": {"mentor\nworkplace guide"}, "words": {""}}).to(t, "/staff/synonyms?done=synonyms")
	if after, err := p.store.Synonyms(t.Context()); err != nil || len(after) != len(groups)-1 {
		t.Errorf("%d groups, were %d (%v)", len(after), len(groups), err)
	}
}
