package main

import (
	_ "embed"
	"html/template"
	"os"
	"path/filepath"
)

//go:embed index.html
var index string

// writeIndex writes a page that shows all pictures, large ones behind small ones.
func writeIndex(dir string, all []series) error {
	page, err := template.New("index").Parse(index)
	if err != nil {
		return err
	}
	f, err := os.Create(filepath.Join(dir, "index.html"))
	if err != nil {
		return err
	}
	if err := page.Execute(f, all); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
