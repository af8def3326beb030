package s3test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
)

// disk is the bucket as files: each object one file, named after the hash of its key, so that a key may
// hold anything. What is under way lies in scratch until it is whole.
type disk struct {
	bucket  string
	objects string
	scratch string
	opened  time.Time

	mu      sync.Mutex // held while an object is put in place, so that the conditions of the request still hold
	uploads uploads
}

var (
	_ gofakes3.Backend          = (*disk)(nil)
	_ gofakes3.MultipartBackend = (*disk)(nil)
)

func openDisk(dir, bucket string) (*disk, error) {
	d := &disk{
		bucket:  bucket,
		objects: filepath.Join(dir, "objects"),
		scratch: filepath.Join(dir, "scratch"),
		opened:  time.Now().UTC(),
	}
	if err := os.RemoveAll(d.scratch); err != nil {
		return nil, err
	}
	for _, folder := range []string{d.objects, d.scratch} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *disk) path(key string) string {
	name := sha256.Sum256([]byte(key))
	return filepath.Join(d.objects, hex.EncodeToString(name[:]))
}

// open returns an object's file, which the caller closes, and its record.
func (d *disk) open(bucket, key string) (*os.File, record, error) {
	if bucket != d.bucket {
		return nil, record{}, gofakes3.BucketNotFound(bucket)
	}
	f, err := os.Open(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, record{}, gofakes3.KeyNotFound(key)
	}
	if err != nil {
		return nil, record{}, err
	}
	rec, err := readRecord(f)
	if err != nil {
		return nil, record{}, cmp.Or(err, f.Close())
	}
	return f, rec, nil
}

// put stores what fill writes under key, whole and durable, or leaves what was there.
func (d *disk) put(ctx context.Context, key string, metadata map[string]string, fill func(io.Writer) error) (record, error) {
	f, err := os.CreateTemp(d.scratch, "object-*")
	if err != nil {
		return record{}, err
	}
	rec, err := writeObject(f, key, metadata, fill)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = d.replace(ctx, key, f.Name())
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // if that fails too, the next start removes it
		return record{}, err
	}
	return rec, nil
}

// replace moves a finished file to where key's object lies, if the request's If-Match and If-None-Match
// allow it at that moment.
func (d *disk) replace(ctx context.Context, key, finished string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gofakes3.HasWriteConditions(ctx) {
		current, rec, err := d.open(d.bucket, key)
		exists := err == nil
		if exists {
			err = current.Close()
		}
		if err != nil && !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
			return err
		}
		if err := gofakes3.CheckWriteConditions(ctx, exists, rec.ETag()); err != nil {
			return err
		}
	}
	if err := os.Rename(finished, d.path(key)); err != nil {
		return err
	}
	return syncFolder(d.objects)
}

// syncFolder makes the coming and going of a folder's files survive a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copyExactly copies size bytes, or all if size is negative; fewer are an error.
func copyExactly(w io.Writer, r io.Reader, size int64) error {
	n, err := io.Copy(w, r)
	if err != nil {
		return err
	}
	if size >= 0 && n != size {
		return gofakes3.ErrIncompleteBody
	}
	return nil
}

// PutObject stores an object. If input fails or falls short of size nothing is stored.
func (d *disk) PutObject(ctx context.Context, _, key string, metadata map[string]string, input io.Reader, size int64) (gofakes3.PutObjectResult, error) {
	rec, err := d.put(ctx, key, metadata, func(w io.Writer) error { return copyExactly(w, input, size) })
	return gofakes3.PutObjectResult{ETag: rec.ETag()}, err
}

// GetObject streams an object, or the asked part of it, from the disk.
func (d *disk) GetObject(_ context.Context, bucket, key string, asked *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	f, rec, err := d.open(bucket, key)
	if err != nil {
		return nil, err
	}
	part, err := asked.Range(rec.Size)
	if err != nil {
		return nil, cmp.Or(f.Close(), err)
	}
	start, length := int64(0), rec.Size
	if part != nil {
		start, length = part.Start, part.Length
	}
	return &gofakes3.Object{
		Name: key, Metadata: rec.Metadata, Size: rec.Size, Hash: rec.MD5, Range: part,
		Contents: struct {
			io.Reader
			io.Closer
		}{io.NewSectionReader(f, start, length), f},
	}, nil
}

// HeadObject describes an object.
func (d *disk) HeadObject(_ context.Context, bucket, key string) (*gofakes3.Object, error) {
	f, rec, err := d.open(bucket, key)
	if err != nil {
		return nil, err
	}
	return &gofakes3.Object{
		Name: key, Metadata: rec.Metadata, Size: rec.Size, Hash: rec.MD5,
		Contents: io.NopCloser(strings.NewReader("")),
	}, f.Close()
}

// DeleteObject removes an object. One that is not there is no error.
func (d *disk) DeleteObject(_ context.Context, _, key string) (gofakes3.ObjectDeleteResult, error) {
	if err := os.Remove(d.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return gofakes3.ObjectDeleteResult{}, err
	}
	return gofakes3.ObjectDeleteResult{}, syncFolder(d.objects)
}

// DeleteMulti removes several objects and says which could not be.
func (d *disk) DeleteMulti(ctx context.Context, bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	var result gofakes3.MultiDeleteResult
	for _, key := range keys {
		if _, err := d.DeleteObject(ctx, bucket, key); err != nil {
			failed := gofakes3.ErrorResultFromError(err)
			failed.Key = key
			result.Error = append(result.Error, failed)
			continue
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

// CopyObject stores the bytes of one object under another key.
func (d *disk) CopyObject(ctx context.Context, fromBucket, from, _, to string, metadata map[string]string) (gofakes3.CopyObjectResult, error) {
	f, source, err := d.open(fromBucket, from)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	rec, err := d.put(ctx, to, metadata, func(w io.Writer) error {
		return copyExactly(w, io.NewSectionReader(f, 0, source.Size), source.Size)
	})
	return gofakes3.CopyObjectResult{ETag: rec.ETag(), LastModified: gofakes3.NewContentTime(rec.LastModified())}, cmp.Or(err, f.Close())
}

// records returns all objects' records by key. It opens every file: enough for a demo's catalog.
func (d *disk) records() ([]record, error) {
	files, err := os.ReadDir(d.objects)
	if err != nil {
		return nil, err
	}
	found := make([]record, 0, len(files))
	for _, file := range files {
		f, err := os.Open(filepath.Join(d.objects, file.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		rec, err := readRecord(f)
		if err := cmp.Or(err, f.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		found = append(found, rec)
	}
	slices.SortFunc(found, func(a, b record) int { return strings.Compare(a.Key, b.Key) })
	return found, nil
}

// ListBucket lists a page of keys, those with a common prefix as one.
func (d *disk) ListBucket(_ context.Context, bucket string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	if bucket != d.bucket {
		return nil, gofakes3.BucketNotFound(bucket)
	}
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	prefix.HasDelimiter = prefix.Delimiter != "" // "delimiter=" asks for none
	found, err := d.records()
	if err != nil {
		return nil, err
	}
	list, last, listed := gofakes3.NewObjectList(), page.Marker, int64(0)
	for _, rec := range found {
		var match gofakes3.PrefixMatch
		if !prefix.Match(rec.Key, &match) {
			continue
		}
		name := rec.Key
		if match.CommonPrefix {
			name = match.MatchedPart
		}
		if name <= last {
			continue // before this page, or within the prefix that was listed last
		}
		if page.MaxKeys > 0 && listed == page.MaxKeys {
			list.IsTruncated, list.NextMarker = true, last
			break
		}
		if match.CommonPrefix {
			list.AddPrefix(name)
		} else {
			list.Add(&gofakes3.Content{
				Key: rec.Key, Size: rec.Size, ETag: rec.ETag(), LastModified: gofakes3.NewContentTime(rec.LastModified()),
			})
		}
		last, listed = name, listed+1
	}
	return list, nil
}

// ListBuckets names the one bucket.
func (d *disk) ListBuckets(context.Context) ([]gofakes3.BucketInfo, error) {
	return []gofakes3.BucketInfo{{Name: d.bucket, CreationDate: gofakes3.NewContentTime(d.opened)}}, nil
}

// BucketExists reports whether name is the one bucket.
func (d *disk) BucketExists(_ context.Context, name string) (bool, error) {
	return name == d.bucket, nil
}

// CreateBucket refuses: there is one bucket and it is there from the start.
func (d *disk) CreateBucket(_ context.Context, name string) error {
	if name == d.bucket {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	return gofakes3.ErrorMessage(gofakes3.ErrTooManyBuckets, "This server holds one bucket.")
}

// DeleteBucket refuses: the bucket lives as long as its folder.
func (d *disk) DeleteBucket(context.Context, string) error {
	return gofakes3.ErrorMessage(gofakes3.ErrMethodNotAllowed, "This server's bucket cannot be deleted.")
}
