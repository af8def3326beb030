package catalog

import (
	"embed"
	"io/fs"
)

//go:embed sample
var sample embed.FS

// Sample is the catalog that the demo starts with.
func Sample() fs.FS {
	folder, err := fs.Sub(sample, "sample")
	if err != nil {
		panic(err) // the path is constant and valid
	}
	return folder
}
