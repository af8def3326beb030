package api

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"gopkg.in/yaml.v3"
)

func TestContractIsValid(t *testing.T) {
	t.Parallel()
	if err := readContract().spec.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEveryOperationOfTheContractHasARouteAndTheOtherWayRound(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	var routes []string
	for _, route := range w.engine.Routes() {
		aboutTheAPI := strings.HasPrefix(route.Path, docsPath) || strings.HasSuffix(route.Path, "openapi.yaml")
		if !aboutTheAPI && route.Method != http.MethodHead {
			routes = append(routes, route.Method+" "+route.Path)
		}
	}
	var operations []string
	for at := range w.api.contract.operations {
		operations = append(operations, at)
	}
	slices.Sort(routes)
	slices.Sort(operations)
	if !slices.Equal(routes, operations) {
		t.Errorf("routes     %v\noperations %v", routes, operations)
	}
}

// The Go types are written by hand; each has to have exactly the fields of its schema.
func TestTypesHaveTheFieldsOfTheirSchemas(t *testing.T) {
	t.Parallel()
	schemas := readContract().spec.Components.Schemas
	types := map[string]any{
		"Money": money{}, "Variant": variant{}, "ProductList": productList{}, "FoundProduct": foundProduct{}, "Highlights": highlights{}, "Piece": piece{},
		"Facet": facet{}, "FacetChoice": facetChoice{}, "Suggestions": suggestions{}, "ProductSummary": productSummary{}, "Product": product{},
		"ContentEntry": contentEntry{}, "Edition": edition{}, "Format": format{}, "IncludedHandbook": includedHandbook{}, "SamplePage": samplePage{},
		"Cart": cart{}, "CartItem": cartItem{}, "Obstacle": obstacle{}, "CartItemRequest": cartItemRequest{}, "DonationRequest": donationRequest{},
		"CheckoutRequest": checkoutRequest{}, "CheckedOut": checkedOut{}, "Order": order{}, "OrderItem": orderItem{}, "OrderFile": orderFile{},
		"DownloadRequest": downloadRequest{}, "Download": download{}, "EventReceived": eventReceived{}, "Problem": problem{}, "FieldProblem": fieldProblem{},
	}
	for _, part := range staffTypes() {
		maps.Copy(types, part)
	}
	for name, schema := range schemas {
		value, ok := types[name]
		if !ok {
			if len(fields(schema.Value)) > 0 {
				t.Errorf("%s has no type", name)
			}
			continue
		}
		var want, got []string
		for _, f := range fields(schema.Value) {
			want = append(want, f.Name)
		}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(value)) {
			if tag := f.Tag.Get("json"); tag != "" {
				got = append(got, strings.TrimSuffix(tag, ",omitempty"))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s: the schema has %v, the type %v", name, want, got)
		}
	}
}

func TestListsOfTheContractAreThoseOfTheShop(t *testing.T) {
	t.Parallel()
	schemas := readContract().spec.Components.Schemas
	keys := func(facets []shop.Facet) []string { return each(facets, func(f shop.Facet) string { return f.Key }) }
	for name, want := range map[string][]string{
		"Distinguisher": keys(shop.Distinguishers()), "Goal": keys(shop.Goals()), "ProductKind": keys(shop.Kinds()),
		"FileFormat": keys(shop.Formats()), "PriceRange": keys(shop.Prices()),
	} {
		if got := each(schemas[name].Value.Enum, func(v any) string { return fmt.Sprint(v) }); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if most := *fieldOf(t, schemas["CartItemRequest"], "quantity").Max; most != shop.MaxQuantity {
		t.Errorf("at most %v of a licence, want %d", most, shop.MaxQuantity)
	}
	for _, p := range readContract().spec.Paths.Value("/products").Get.Parameters {
		if p.Value.Name == "limit" && (*p.Value.Schema.Value.Max != shop.MaxPage || p.Value.Schema.Value.Default != float64(shop.DefaultPage)) {
			t.Errorf("limit: at most %v, %v by default", *p.Value.Schema.Value.Max, p.Value.Schema.Value.Default)
		}
	}
}

func fieldOf(tb testing.TB, schema *openapi3.SchemaRef, name string) *openapi3.Schema {
	tb.Helper()
	f, ok := schema.Value.Properties[name]
	if !ok {
		tb.Fatalf("there is no field %s", name)
	}
	return f.Value
}

// Every schema and parameter explains itself, and its example fits it.
func TestExamplesFit(t *testing.T) {
	t.Parallel()
	contract := readContract()
	for name, schema := range contract.spec.Components.Schemas {
		if schema.Value.Description == "" && schema.Value.Type.Is("object") {
			t.Errorf("%s has no description", name)
		}
		text, err := example(schema)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Errorf("%s: %v in %s", name, err, text)
		} else if err := schema.Value.VisitJSON(value); err != nil {
			t.Errorf("%s: the example does not fit: %v", name, err)
		}
	}
	for at, route := range contract.operations {
		if route.Operation.Description == "" || route.Operation.Summary == "" || len(route.Operation.Tags) != 1 {
			t.Errorf("%s does not explain itself", at)
		}
		for _, p := range route.Operation.Parameters {
			if p.Value.Description == "" {
				t.Errorf("%s: %s has no description", at, p.Value.Name)
			}
		}
	}
}

// A comma in a plain YAML text within braces begins a new key; this finds texts that were cut so.
func TestNoTextOfTheContractIsCutShort(t *testing.T) {
	t.Parallel()
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		t.Fatal(err)
	}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 && strings.Contains(child.Value, " ") {
				t.Errorf("line %d: %q is a key", child.Line, child.Value)
			}
			walk(child)
		}
	}
	walk(&root)
}

// What a client sends never ends in an unexpected error, and every answer fits the contract.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{"", "q=a*b\"", "sort=price&limit=1", "cursor=WyJwcmljZSIsIjAiLCJ4Il0", "q=%00&limit=%zz", "kind=handbook;goal=x", "q=NEAR(a,b)", "q=é&distinguisher=lti"} {
		f.Add(query)
	}
	w := mustWorld(f, gate.Limits{})
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsAny(query, " \r\n#") || strings.ContainsFunc(query, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Skip("no HTTP server would read this")
		}
		if a := w.send(t, request{method: "GET", path: root + "/products?" + query}); a.status >= 500 {
			t.Errorf("%q: %d %s", query, a.status, a.body)
		}
	})
}

func FuzzBodies(f *testing.F) {
	for _, body := range []string{"", "{}", "null", `{"quantity": 1}`, `{"quantity": 1e2}`, `{"quantity": 1, "quantity": 2}`, `{"file_id": "\ud800"}`, buyer, `{"email": "a@b.c", "name": "\u0000", "expected_total": 9223372036854775808}`} {
		f.Add(body)
	}
	w := mustWorld(f, gate.Limits{})
	cartID, done := w.cart(f, notes), w.order(f, notes)
	item := w.variant(f, advisory, shop.Individual)
	f.Fuzz(func(t *testing.T, body string) {
		for _, r := range []request{
			{method: "POST", path: root + "/carts", body: body},
			{method: "PUT", path: root + "/carts/" + cartID + "/items/" + item, body: body},
			{method: "POST", path: root + "/carts/" + cartID + "/checkout", body: body},
			{method: "POST", path: root + "/orders/" + done.OrderToken + "/downloads", body: body},
			{method: "POST", path: "/webhooks/stripe", body: body},
		} {
			if a := w.send(t, r); a.status >= 500 {
				t.Errorf("%s %s with %q: %d %s", r.method, r.path, body, a.status, a.body)
			}
		}
	})
}

// BenchmarkCatalog compares an answer from memory with the cheapest answer that gin gives.
func BenchmarkCatalog(b *testing.B) {
	w := mustWorld(b, gate.DefaultLimits())
	w.api.Limits = gate.Limits{}
	engine := gin.New()
	w.api.Routes(engine)
	engine.GET("/static", func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	for _, path := range []string{"/static", root + "/products", root + "/products/" + advisory} {
		b.Run(path, func(b *testing.B) {
			in, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			if err != nil {
				b.Fatal(err)
			}
			in.RemoteAddr = "198.51.100.7:4000"
			for b.Loop() {
				engine.ServeHTTP(&discard{header: http.Header{}}, in)
			}
		})
	}
}

// discard is a client that does not read.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d *discard) WriteHeader(int)             {}
