package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/shop"
)

// productTypes are the types of the API about products by the names of their schemas.
func productTypes() map[string]any {
	return map[string]any{
		"StaffProduct": staffProduct{}, "ProductInput": productInput{}, "StaffLicence": licence{}, "StaffProductList": staffProductList{},
		"ScheduleRequest": scheduleRequest{}, "HandbooksRequest": handbooksRequest{}, "ProductTable": productTable{},
		"ProductTableRequest": productTableRequest{}, "TableChange": tableChange{}, "ProductChange": productChange{}, "Difference": difference{},
	}
}

// productProblems has for every code of the API about products a way that leads to it.
func productProblems() map[string]func(*testing.T, *world) answered {
	at := func(method, path, version string, body any) func(*testing.T, *world) answered {
		return func(t *testing.T, w *world) answered { return w.edit(t, method, path, version, body) }
	}
	return map[string]func(*testing.T, *world) answered{
		"invalid_product":    at("POST", "/products", "", productInput{Slug: "New One", Kind: shop.Handbook, Title: "New", Language: "en"}),
		"slug_taken":         at("POST", "/products", "", productInput{Slug: advisory, Kind: shop.Handbook, Title: "New", Language: "en"}),
		"product_kind_fixed": at("PUT", "/products/"+advisory, `"1"`, productInput{Slug: advisory, Kind: shop.Bundle, Title: "New", Language: "en"}),
		"product_changed":    at("POST", "/products/"+advisory+"/archive", `"7"`, nil),
		"already_published":  at("POST", "/products/"+advisory+"/publish", `"1"`, nil),
		"not_published":      at("POST", "/products/"+draft+"/archive", `"1"`, nil),
		"not_scheduled":      at("DELETE", "/products/"+draft+"/schedule", `"1"`, nil),
		"not_a_draft":        at("PUT", "/products/"+advisory+"/schedule", `"1"`, scheduleRequest{time.Now().Add(time.Hour)}),
		"invalid_time":       at("PUT", "/products/"+draft+"/schedule", `"1"`, scheduleRequest{time.Now().Add(-time.Hour)}),
		"invalid_parts":      at("PUT", "/products/"+starter+"/handbooks", `"1"`, handbooksRequest{Handbooks: []string{"none"}}),
		"only_in_bundles":    at("PUT", "/products/"+advisory+"/handbooks", `"1"`, handbooksRequest{Handbooks: []string{notes}}),
		"unfit_for_the_shop": at("PUT", "/products/"+starter+"/handbooks", `"1"`, handbooksRequest{Handbooks: []string{notes}}),
		"invalid_table":      at("PUT", "/product-table?dry_run=true", "", productTableRequest{CSV: "slug,individual_price\n" + advisory + ",much\n"}),
	}
}

// edit sends a request to the back office in the name of who works on the catalog.
func (w *world) edit(t *testing.T, method, path, version string, body any) answered {
	t.Helper()
	r := request{method: method, path: StaffRoot + path, header: w.as(t, shop.RoleCatalog)}
	if version != "" {
		r.header["If-Match"] = version
	}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r.body = string(text)
	}
	return w.send(t, r)
}

func mustAnswer[T any](t *testing.T, a answered, status int) T {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d, want %d: %s", a.status, status, a.body)
	}
	return mustRead[T](t, a)
}

func TestAProductIsEditedOverTheAPI(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	in := productInput{
		Slug: "new-set", Kind: shop.Bundle, Title: "A New Set", Summary: "Two to begin with.", Language: "en", Description: strings.Repeat("Long. ", 4000),
		Licences: []licence{{Kind: shop.Individual, OnSale: true, Price: money{3000, "usd"}, Suggested: &money{4000, "usd"}}, {Kind: shop.SchoolLicence, Price: money{9000, "usd"}}},
	}
	made := w.edit(t, "POST", "/products", "", in)
	if p := mustAnswer[staffProduct](t, made, http.StatusCreated); p.Status != shop.Draft || p.Licences[0].SKU != "new-set-individual" || p.Licences[1].OnSale || made.header.Get("ETag") != `"1"` {
		t.Errorf("%+v under %s", p, made.header.Get("ETag"))
	}
	filled := w.edit(t, "PUT", "/products/new-set/handbooks", `"1"`, handbooksRequest{Handbooks: []string{notes, advisory}})
	mustAnswer[staffProduct](t, filled, http.StatusOK)
	planned := w.edit(t, "PUT", "/products/new-set/schedule", `"2"`, scheduleRequest{time.Now().Add(time.Hour)})
	if p := mustAnswer[staffProduct](t, planned, http.StatusOK); p.PublishAt == nil {
		t.Error("it is not planned")
	}
	mustAnswer[staffProduct](t, w.edit(t, "DELETE", "/products/new-set/schedule", `"3"`, nil), http.StatusOK)
	published := w.edit(t, "POST", "/products/new-set/publish", `"4"`, nil)
	if p := mustAnswer[staffProduct](t, published, http.StatusOK); p.Status != shop.Published || !slices.Equal(p.Handbooks, []string{notes, advisory}) {
		t.Errorf("%+v", p)
	}
	must[product](t, w, http.StatusOK, request{method: "GET", path: root + "/products/new-set"})

	in.Title = "Another Name"
	late := w.edit(t, "PUT", "/products/new-set", `"4"`, in)
	var conflict struct{ Current staffProduct }
	if err := json.Unmarshal([]byte(late.body), &conflict); err != nil || late.code(t) != "product_changed" || conflict.Current.Version != 5 || late.header.Get("ETag") != `"5"` {
		t.Errorf("too late: %d %s (%v)", late.status, late.body, err)
	}
	if p := mustAnswer[staffProduct](t, w.edit(t, "PUT", "/products/new-set", `"5"`, in), http.StatusOK); p.Title != "Another Name" {
		t.Errorf("%+v", p)
	}
	in.Licences = in.Licences[:1]
	if p := mustAnswer[staffProduct](t, w.edit(t, "PUT", "/products/new-set", `"6"`, in), http.StatusOK); p.Version != 6 || len(p.Licences) != 2 {
		t.Errorf("a licence that is not on sale was forgotten: %+v", p)
	}
	if a := w.edit(t, "PUT", "/products/new-set", "", in); a.code(t) != "invalid_input" {
		t.Errorf("without If-Match: %d %s", a.status, a.body)
	}
}

func TestTheListOfAllProducts(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	first := mustAnswer[staffProductList](t, w.edit(t, "GET", "/products?limit=4", "", nil), http.StatusOK)
	if len(first.Items) != 4 || first.NextCursor == nil {
		t.Fatalf("%d items", len(first.Items))
	}
	rest := mustAnswer[staffProductList](t, w.edit(t, "GET", "/products?limit=4&cursor="+*first.NextCursor, "", nil), http.StatusOK)
	if len(rest.Items) != 3 || rest.NextCursor != nil {
		t.Errorf("%d items on the last page", len(rest.Items))
	}
	drafts := mustAnswer[staffProductList](t, w.edit(t, "GET", "/products?status=draft&kind=handbook&q=unfinished", "", nil), http.StatusOK)
	if len(drafts.Items) != 1 || drafts.Items[0].Slug != draft {
		t.Errorf("%+v", drafts.Items)
	}
}

func TestATableOverTheAPI(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	table := mustAnswer[productTable](t, w.edit(t, "GET", "/product-table", "", nil), http.StatusOK)
	in := productTableRequest{CSV: strings.Replace(table.CSV, "90.00", "95.00", 1)}
	shown := mustAnswer[tableChange](t, w.edit(t, "PUT", "/product-table?dry_run=true", "", in), http.StatusOK)
	if shown.Saved || len(shown.Changes) != 1 || shown.Changes[0].Slug != advisory || shown.Changes[0].Differences[0] != (difference{"school_price", "90.00", "95.00"}) {
		t.Fatalf("%+v", shown)
	}
	if a := w.edit(t, "PUT", "/product-table", "", in); a.code(t) != "product_changed" || !strings.Contains(a.body, `"school_price"`) {
		t.Errorf("without versions: %d %s", a.status, a.body)
	}
	in.Versions = map[string]int{advisory: shown.Changes[0].Version}
	if done := mustAnswer[tableChange](t, w.edit(t, "PUT", "/product-table", "", in), http.StatusOK); !done.Saved {
		t.Errorf("%+v", done)
	}
}
