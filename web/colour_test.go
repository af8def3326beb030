package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bookroom/shop"
)

// Text has a contrast of 4.5:1 or better, the edges of controls 3:1, light and dark (WCAG 2.2, 1.4.3
// and 1.4.11).
func TestContrast(t *testing.T) {
	t.Parallel()
	light, dark, ok := strings.Cut(string(mustReadAsset("tokens.css")), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	colours := readColours(light)
	checkContrast(t, "light", colours)
	for name, value := range readColours(dark) {
		colours[name] = value
	}
	checkContrast(t, "dark", colours)
}

func checkContrast(t *testing.T, scheme string, colours map[string]string) {
	t.Helper()
	type pair struct {
		front, back string
		least       float64
	}
	pairs := []pair{
		{"on-action", "action", 4.5}, {"on-action", "action-hover", 4.5}, {"good", "good-wash", 4.5}, {"warn", "warn-wash", 4.5}, {"bad", "bad-wash", 4.5},
		{"ink", "action-wash", 4.5}, {"ink", "good-wash", 4.5}, {"ink", "warn-wash", 4.5}, {"ink", "bad-wash", 4.5}, {"soft", "action-wash", 4.5},
		{"soft", "warn-wash", 4.5}, {"soft", "good-wash", 4.5}, {"action", "action-wash", 4.5}, {"action-hover", "action-wash", 4.5}, {"edge", "action-wash", 3},
		{"action", "good-wash", 4.5}, {"action", "bad-wash", 4.5}, {"action", "warn-wash", 4.5}, {"paper", "ink", 4.5},
	}
	for _, back := range []string{"paper", "raised", "sunk"} {
		for _, front := range []string{"ink", "soft", "action", "action-hover", "bad", "good"} {
			pairs = append(pairs, pair{front, back, 4.5})
		}
		pairs = append(pairs, pair{"edge", back, 3})
	}
	for _, facet := range shop.Distinguishers() {
		pairs = append(pairs, pair{"on-" + facet.Key, facet.Key, 4.5}, pair{facet.Key + "-text", "paper", 4.5}, pair{facet.Key + "-text", "raised", 4.5})
	}
	for _, p := range pairs {
		ratio := contrast(t, colours, p.front, p.back)
		if ratio < p.least {
			t.Errorf("%s: %s on %s is %.2f:1, want %.1f:1", scheme, p.front, p.back, ratio, p.least)
		}
	}
}

func readColours(css string) map[string]string {
	colours := map[string]string{}
	for _, match := range regexp.MustCompile(`--([a-z-]+):\s*#([0-9A-Fa-f]{6});`).FindAllStringSubmatch(css, -1) {
		colours[match[1]] = match[2]
	}
	return colours
}

func contrast(t *testing.T, colours map[string]string, front, back string) float64 {
	t.Helper()
	a, b := luminance(t, colours, front), luminance(t, colours, back)
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

// luminance is the relative luminance as WCAG defines it.
func luminance(t *testing.T, colours map[string]string, name string) float64 {
	t.Helper()
	hex, ok := colours[name]
	if !ok {
		t.Fatalf("there is no colour --%s", name)
	}
	value, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	channel := func(shift int) float64 {
		c := float64(value>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

// Colours, sizes and fonts are named in tokens.css alone, and each of its names that the components ask
// for is there.
func TestTokens(t *testing.T) {
	t.Parallel()
	tokens, components := string(mustReadAsset("tokens.css")), string(mustReadAsset("shop.css"))
	for _, match := range regexp.MustCompile(`var\(--([a-z0-9-]+)`).FindAllStringSubmatch(components, -1) {
		if name := "--" + match[1] + ":"; !strings.Contains(tokens, name) && !strings.Contains(components, name) {
			t.Errorf("no token is called %s", name)
		}
	}
	for _, facet := range shop.Distinguishers() {
		if rule := fmt.Sprintf(".tag.%s { --c: var(--%[1]s); }", facet.Key); !strings.Contains(components, rule) {
			t.Errorf("the tag of %s has no colour", facet.Name)
		}
	}
}
