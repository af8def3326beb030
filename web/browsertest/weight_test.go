package browsertest

import (
	"encoding/json"
	"strings"
	"testing"
)

// The budgets of a first visit, with an empty cache.
const (
	maxBytes    = 120_000 // over the wire, headers included
	maxRequests = 8
	maxScripts  = 1
	// A handbook's sample pages count apart, as covers do: they are what the visitor has come for, and those
	// out of sight are fetched late.
	maxPicture = 60_000
)

// fetched is what a browser had to fetch for a page.
type fetched struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	Bytes   int    `json:"bytes"`
}

func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/handbooks", "/handbooks?q=exhibition", "/handbooks/advisory-structure", "/help", "/cart", MustOrder(t).Path()} {
		t.Run(path[:min(len(path), 20)], func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, true, patience)
			b.Open(path)
			var all []fetched
			// "load" has been; fonts that are still under way are waited for.
			b.must(json.Unmarshal([]byte(b.eval(`document.fonts.ready.then(() => JSON.stringify(
				[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
				.map(e => ({address: e.name, kind: e.initiatorType, bytes: e.transferSize}))))`)), &all))
			bytes, requests, scripts := 0, 0, 0
			for _, f := range all {
				if f.Kind == "img" {
					if f.Bytes > maxPicture {
						t.Errorf("a picture of %d bytes: %s", f.Bytes, f.Address)
					}
					continue
				}
				bytes += f.Bytes
				requests++
				if f.Kind == "script" {
					scripts++
				}
				if !strings.HasPrefix(f.Address, house.demo.URL) {
					t.Errorf("a third party: %s", f.Address)
				}
			}
			t.Logf("%d bytes in %d requests", bytes, requests)
			if bytes == 0 || bytes > maxBytes {
				t.Errorf("%d bytes, at most %d are fine: %+v", bytes, maxBytes, all)
			}
			if requests > maxRequests || scripts > maxScripts {
				t.Errorf("%d requests with %d scripts: %+v", requests, scripts, all)
			}
		})
	}
}
