package delivery_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bookroom/delivery"
	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// failures returns the steps that failed, by name, and fails the test if one gives no advice or tells a
// secret.
func failures(tb testing.TB, steps []delivery.Step) map[string]delivery.Step {
	tb.Helper()
	failed := map[string]delivery.Step{}
	for _, step := range steps {
		if step.Err == nil {
			if step.Advice != "" {
				tb.Errorf("%s went well and is advised: %s", step.Name, step.Advice)
			}
			continue
		}
		failed[step.Name] = step
		if step.Advice == "" {
			tb.Errorf("%s: no advice", step.Name)
		}
		if strings.Contains(step.Err.Error(), secretKey) || strings.Contains(step.Err.Error(), "X-Amz-Signature") {
			tb.Errorf("%s: the error holds a secret: %v", step.Name, step.Err)
		}
	}
	return failed
}

func TestProbeOfAGoodBucket(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	steps := p.Probe(t.Context())
	if failed := failures(t, steps); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	if len(steps) != 10 {
		t.Errorf("%d steps, want 10", len(steps))
	}
	if n := p.files(t); n != 0 {
		t.Errorf("%d files are left over", n)
	}
}

func TestProbeSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	nobody := httptest.NewServer(nil)
	nobody.Close()
	tests := []struct {
		name   string
		change func(*delivery.Config)
		step   string
		advice string
	}{
		{"no credentials", func(c *delivery.Config) {
			c.Credentials = credentials.StaticCredentialsProvider{Value: aws.Credentials{}}
		},
			"find credentials", "AWS_ACCESS_KEY_ID"},
		{"wrong secret", func(c *delivery.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider(accessKey, "wrong", "")
		}, "write an object", "AWS_SECRET_ACCESS_KEY"},
		{"wrong access key", func(c *delivery.Config) {
			c.Credentials = credentials.NewStaticCredentialsProvider("wrong", secretKey, "")
		}, "write an object", "AWS_ACCESS_KEY_ID"},
		{"no such bucket", func(c *delivery.Config) { c.Bucket = "another" }, "write an object", "S3_BUCKET"},
		{"nobody there", func(c *delivery.Config) { c.Endpoint = nobody.URL }, "write an object", "AWS_ENDPOINT_URL_S3"},
		{"wrong clock", func(c *delivery.Config) { c.Now = func() time.Time { return time.Now().Add(5 * time.Minute) } },
			"agree on the time", "clock"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := MustOpen(t, test.change)
			failed := failures(t, p.Probe(t.Context()))
			if step, ok := failed[test.step]; !ok || !strings.Contains(step.Advice, test.advice) {
				t.Errorf("got %v, want %q to fail with advice about %s", failed, test.step, test.advice)
			}
			if n := p.files(t); n != 0 {
				t.Errorf("%d files are left over", n)
			}
		})
	}
}

// TestProbeFindsAPublicBucket looks at a bucket through a server that hands objects to anybody, under no name.
func TestProbeFindsAPublicBucket(t *testing.T) {
	t.Parallel()
	private := MustOpen(t, nil)
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			private.server.ServeHTTP(w, r)
			return
		}
		address := private.MustPresign(t, shop.File{Key: strings.TrimPrefix(r.URL.Path, "/bookroom/"), Name: "any"})
		_, body := MustGet(t, address, "")
		if _, err := w.Write(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(open.Close)
	public := MustOpen(t, func(c *delivery.Config) { c.Endpoint = open.URL })
	failed := failures(t, public.Probe(t.Context()))
	for name, advice := range map[string]string{
		"refuse a link that expired": "Block Public Access", "refuse a request without a signature": "Block Public Access",
		"download it by a link": "the query alone",
	} {
		if step := failed[name]; !strings.Contains(step.Advice, advice) {
			t.Errorf("%s: got %v", name, step)
		}
	}
}
