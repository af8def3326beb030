package delivery

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"bookroom/delivery/archive"
	"bookroom/shop"
)

// Zip lays files out as one archive, each in its folder. Nothing is asked of the bucket before the bytes
// of a file are read, and no more than one file is open at a time. ctx is that of the reading.
func (b *Bucket) Zip(ctx context.Context, files []shop.ArchiveFile) shop.Archive {
	entries := make([]archive.File, len(files))
	taken := map[string]bool{}
	for i, f := range files {
		entries[i] = archive.File{
			Name: entryName(f, taken), Size: f.Size, CRC32: f.CRC32.Sum, SHA256: f.SHA256, Modified: f.Modified,
			Open: func(offset int64) (io.ReadCloser, error) { return b.Open(ctx, f.File, offset) },
		}
	}
	laid := archive.New(entries)
	return shop.Archive{Body: laid.NewReader(), ETag: laid.ETag()}
}

// entryName is where the file lies within the archive: a name that file systems take and that no other
// entry has, whatever its letters' case.
func entryName(f shop.ArchiveFile, taken map[string]bool) string {
	folder, name := safeName(f.Folder), safeName(f.Name)
	extension := path.Ext(name)
	stem := strings.TrimSuffix(name, extension)
	entry := folder + "/" + name
	for n := 2; taken[strings.ToLower(entry)]; n++ {
		entry = fmt.Sprintf("%s/%s (%d)%s", folder, stem, n, extension)
	}
	taken[strings.ToLower(entry)] = true
	return entry
}

// safeName is fileName without the characters that Windows keeps for itself.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>"|?*`, r) {
			return '-'
		}
		return r
	}, fileName(name))
}
