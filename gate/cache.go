package gate

import "sync"

// Cache keeps rendered answers for as long as the catalog stays what it was. It holds one version at a
// time and at most 32 MiB; both keep it small without a clock, whatever addresses visitors make up.
type Cache[T any] struct {
	mu      sync.RWMutex
	version int64
	entries map[string]kept[T]
	bytes   int // what all entries weigh
}

type kept[T any] struct {
	entry  T
	weight int
}

// The bounds of a cache, in bytes.
const (
	cacheBudget  = 32 << 20
	largestEntry = 1 << 20
	longestKey   = 1000 // nobody but a joker sends longer addresses
	entryCost    = 256  // what an entry takes beside its key and its content
)

// Get returns what was put under that key while the catalog had that version.
func (c *Cache[T]) Get(version int64, key string) (T, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.version != version {
		var none T
		return none, false
	}
	found, ok := c.entries[key]
	return found.entry, ok
}

// Put keeps an answer of so many bytes that was rendered from that version, in place of what is there
// under its key. An answer of more than 1 MiB or a key of more than 1,000 bytes is not kept. A cache that
// would become too heavy is emptied first.
func (c *Cache[T]) Put(version int64, key string, entry T, size int) {
	if size > largestEntry || len(key) > longestKey {
		return
	}
	weight := size + len(key) + entryCost
	c.mu.Lock()
	defer c.mu.Unlock()
	if version < c.version {
		return
	}
	c.bytes -= c.entries[key].weight
	if version > c.version || c.bytes+weight > cacheBudget || c.entries == nil {
		c.version, c.entries, c.bytes = version, map[string]kept[T]{}, 0
	}
	c.entries[key] = kept[T]{entry, weight}
	c.bytes += weight
}
