package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func TestFormsLeadToStripeAndTheBucket(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://"+filepath.Join(t.TempDir(), "bookroom.db"))
	a, err := openApp(t.Context(), w.settings, w.delivery(), pdfs, time.Now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(a.store)
	bucket, err := a.bucketOrigin()
	if err != nil {
		t.Fatal(err)
	}
	for base, want := range map[string][]string{
		"":          {"https://checkout.stripe.com", w.bucketURL},
		w.stripeURL: {w.stripeURL, w.bucketURL},
		w.bucketURL: {w.bucketURL}, // the demo has both under one address
	} {
		got, err := formOrigins(settings{StripeBase: base}, bucket)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("with Stripe at %q: %v (%v), want %v", base, got, err, want)
		}
	}
}
