package store

import "sync"

// kept is something that was read from the catalog, for as long as the catalog stays what it was. Who asks
// while it is read anew waits for that.
type kept[T any] struct {
	mu      sync.Mutex
	version int64
	value   *T // nil until it was read once
}

// at returns what belongs to that version of the catalog.
func (k *kept[T]) at(version int64, read func() (*T, error)) (*T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.value != nil && k.version == version {
		return k.value, nil
	}
	value, err := read()
	if err != nil {
		return nil, err
	}
	k.version, k.value = version, value
	return value, nil
}
