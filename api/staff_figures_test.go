package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// figureProblems are the ways to the problems of figures and settings.
func figureProblems() map[string]func(*testing.T, *world) answered {
	return map[string]func(*testing.T, *world) answered{
		"invalid_period": func(t *testing.T, w *world) answered {
			return w.send(t, request{method: http.MethodGet, path: StaffRoot + "/figures?from=2026-08-02&to=2026-08-01", header: w.as(t, shop.RoleFinance)})
		},
		"invalid_settings": func(t *testing.T, w *world) answered {
			return w.send(t, w.putSettings(t, `"0"`, `{"set": {"zone": "Nowhere"}}`))
		},
		"settings_changed": func(t *testing.T, w *world) answered {
			return w.send(t, w.putSettings(t, `"99"`, `{"set": {"zone": "UTC"}}`))
		},
	}
}

func (w *world) putSettings(t *testing.T, version, body string) request {
	t.Helper()
	header := w.as(t, shop.RoleAdmin)
	header["If-Match"] = version
	return request{method: http.MethodPut, path: StaffRoot + "/settings", body: body, header: header}
}

func TestFiguresAreThoseOfTheDaysInTheZoneOfTheSettings(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	storetest.MustProducts(t, w.store)
	paid := storetest.Payment(storetest.MustOrder(t, w.store, storetest.Projects))
	paid.At = time.Date(2026, 8, 2, 3, 0, 0, 0, time.UTC) // August 1 in New York
	storetest.MustApply(t, w.store, paid, shop.EventApplied)
	for day, orders := range map[string]int64{"2026-07-31": 0, "2026-08-01": 1, "2026-08-02": 0} {
		got := mustRead[figures](t, w.send(t, request{method: http.MethodGet, path: StaffRoot + "/figures?from=" + day + "&to=" + day, header: w.as(t, shop.RoleFinance)}))
		if got.Orders != orders || got.Zone != "America/New_York" || int64(len(got.Revenue)) != orders {
			t.Errorf("on %s: %+v", day, got)
		}
	}
}

func TestSettingsAreReadAndSetWithTheirVersion(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	read := w.send(t, request{method: http.MethodGet, path: StaffRoot + "/settings", header: w.as(t, shop.RoleAdmin)})
	if got := mustRead[settings](t, read); len(got.Set) != 0 || got.Defaults[shop.SettingZone] != "America/New_York" {
		t.Fatalf("before: %+v", got)
	}
	version := read.header.Get("ETag")
	put := w.putSettings(t, version, `{"set": {"zone": "Europe/Madrid", "shop_name": " Libros "}}`)
	saved := w.send(t, put)
	if got := mustRead[settings](t, saved); got.Set[shop.SettingShopName] != "Libros" || saved.header.Get("ETag") == version {
		t.Errorf("saved: %+v under %s", got, saved.header.Get("ETag"))
	}
	if again := w.send(t, put); again.status != http.StatusConflict || !strings.Contains(again.body, "settings_changed") {
		t.Errorf("with the version of before: %d %s", again.status, again.body)
	}
	without := w.putSettings(t, version, `{"set": {}}`)
	delete(without.header, "If-Match")
	if got := w.send(t, without); got.status != http.StatusBadRequest {
		t.Errorf("without a version: %d %s", got.status, got.body)
	}
}
