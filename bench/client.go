package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// client sends requests as many buyers behind a proxy would: each from an address of its own, so that
// no limit of the shop's is in the way.
type client struct {
	base string
	http *http.Client
	sent atomic.Uint32
}

func newClient(base string) *client {
	return &client{base: base, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}}}
}

// send asks and reads the answer into out, which may be nil. Any status but the wanted one is an error.
func (c *client) send(ctx context.Context, method, path string, header map[string]string, body []byte, want int, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	n := c.sent.Add(1)
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", byte(n>>16), byte(n>>8), byte(n)))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode == want && out == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != want {
		return fmt.Errorf("%s %s: status %d: %.200s", method, path, answer.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}

// zipped is what every browser says; answers are not unpacked here.
var zipped = map[string]string{"Accept-Encoding": "gzip"}

var inJSON = map[string]string{"Content-Type": "application/json"}
