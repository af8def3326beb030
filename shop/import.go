package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// Body opens a file's bytes from the start; it may be called more than once.
type Body func() (io.ReadSeekCloser, error)

// CatalogEntry is a product as it is brought in from outside: without ids, with its newest edition and,
// without files, those before it, its bundle's handbooks by slug and the bytes of its files, which were
// measured (File.Measure).
type CatalogEntry struct {
	Product  Product
	Includes []string // slugs of a bundle's handbooks, in their order
	Bodies   []Body   // one for each file of Product.Edition(), in the same order
}

// Imported counts what an import did.
type Imported struct {
	Created   int
	Updated   int
	Unchanged int
}

// Import brings products into the catalog, all or none: their files go to the bucket first, under keys
// made of their content, then one transaction writes the products. A product is recognised by its slug.
// An edition that was published keeps its files: other files need a new edition number.
func (s *Shop) Import(ctx context.Context, entries []CatalogEntry) (Imported, error) {
	for _, entry := range entries {
		edition := entry.Product.Edition()
		if edition == nil {
			continue
		}
		for i := range edition.Files {
			file := &edition.Files[i]
			file.Key = FileKey(file.SHA256)
			if err := s.config.Bucket.Put(ctx, *file, entry.Bodies[i]); err != nil {
				return Imported{}, fmt.Errorf("store %s of %s: %w", file.Name, entry.Product.Slug, err)
			}
		}
	}
	return s.config.Store.ImportProducts(ctx, entries, s.now())
}

// Measure reads the body once and notes the file's Size, SHA256 and CRC32.
func (f *File) Measure(body Body) error {
	opened, err := body()
	if err != nil {
		return err
	}
	identity, sum := sha256.New(), crc32.NewIEEE()
	size, err := io.Copy(io.MultiWriter(identity, sum), opened)
	if err := errors.Join(err, opened.Close()); err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	f.Size, f.SHA256, f.CRC32 = size, hex.EncodeToString(identity.Sum(nil)), CRC32{Sum: sum.Sum32(), Known: true}
	return nil
}

// FileKey is where a file's bytes lie in the bucket. The same bytes are stored once.
func FileKey(sha256 string) string { return "files/" + sha256 }
