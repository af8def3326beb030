package gate

import "sync"

// Cache keeps rendered answers for as long as the catalog stays what it was. It holds one version at a
// time and at most a fixed number of answers; both keep it small without a clock.
type Cache[T any] struct {
	mu      sync.RWMutex
	version int64
	entries map[string]T
}

// cacheSize bounds the answers that are kept: addresses are the visitors' to choose.
const cacheSize = 2000

// Get returns what was put under that key while the catalog had that version.
func (c *Cache[T]) Get(version int64, key string) (T, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.version != version {
		var none T
		return none, false
	}
	entry, ok := c.entries[key]
	return entry, ok
}

// Put keeps an answer that was rendered from that version. A full cache is emptied.
func (c *Cache[T]) Put(version int64, key string, entry T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version < c.version {
		return
	}
	if version > c.version || len(c.entries) >= cacheSize || c.entries == nil {
		c.version, c.entries = version, map[string]T{}
	}
	c.entries[key] = entry
}
