package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"bookroom/catalog"
	"bookroom/delivery"
	"bookroom/shop"
)

type productsCmd struct {
	Import productsImport `cmd:"" help:"Bring a folder of products into the catalog, all or none of it."`
}

type productsImport struct {
	Dir      string `arg:"" type:"existingdir" help:"Folder with a folder for each product, laid out like the sample catalog."`
	S3Bucket string `name:"s3-bucket" env:"S3_BUCKET" help:"Bucket of the files, as for serve."`
	database `embed:""`
}

// Run checks the whole folder before it changes anything.
func (c *productsImport) Run(e *env) error {
	folder, err := os.OpenRoot(c.Dir) // a link that leads out of it is not followed
	if err != nil {
		return fmt.Errorf("open the catalog: %w", err)
	}
	defer func() { _ = folder.Close() }() // it was only read
	entries, err := catalog.Read(folder.FS())
	if err != nil {
		return err
	}
	if c.S3Bucket == "" {
		return missing(aboutBucket)
	}
	bucket, err := delivery.Open(e.ctx, delivery.Config{Bucket: c.S3Bucket})
	if err != nil {
		return err
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	if err := s.Migrate(e.ctx); err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	done, err := importEntries(e.ctx, shop.New(shop.Config{Store: s, Bucket: bucket, Now: time.Now}), entries)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%d new, %d changed, %d as they were.\n", done.Created, done.Updated, done.Unchanged)
	return err
}

// importEntries prints the handbooks and brings them in.
func importEntries(ctx context.Context, s *shop.Shop, entries []catalog.Entry) (shop.Imported, error) {
	printed, err := catalog.Render(entries)
	if err != nil {
		return shop.Imported{}, err
	}
	return s.Import(ctx, printed)
}
