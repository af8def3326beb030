package s3test

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/rclone/gofakes3"
)

// uploads are the multipart uploads under way. They end with the process, as gofakes3's own list of them
// does; their parts lie in a scratch folder named after the upload.
type uploads struct {
	mu sync.Mutex
	by map[gofakes3.UploadID]*upload
}

type upload struct {
	metadata map[string]string
	etags    map[int]string // of the parts that are here whole
}

func (u *uploads) add(id gofakes3.UploadID, metadata map[string]string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.by == nil {
		u.by = map[gofakes3.UploadID]*upload{}
	}
	u.by[id] = &upload{metadata: metadata, etags: map[int]string{}}
}

// setPart notes a part that has arrived.
func (u *uploads) setPart(id gofakes3.UploadID, number int, etag string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.by[id]
	if !ok {
		return gofakes3.ErrNoSuchUpload
	}
	up.etags[number] = etag
	return nil
}

// check returns the upload's metadata if the listed parts are in order and here as listed.
func (u *uploads) check(id gofakes3.UploadID, listed []gofakes3.CompletedPart) (map[string]string, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.by[id]
	if !ok {
		return nil, gofakes3.ErrNoSuchUpload
	}
	previous := 0
	for _, part := range listed {
		if part.PartNumber <= previous {
			return nil, gofakes3.ErrInvalidPartOrder
		}
		if etag, here := up.etags[part.PartNumber]; !here || strings.Trim(part.ETag, `"`) != strings.Trim(etag, `"`) {
			return nil, gofakes3.ErrInvalidPart
		}
		previous = part.PartNumber
	}
	if previous == 0 {
		return nil, gofakes3.ErrorMessage(gofakes3.ErrMalformedXML, "You must specify at least one part.")
	}
	return up.metadata, nil
}

func (u *uploads) remove(id gofakes3.UploadID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.by, id)
}

func (d *disk) uploadFolder(id gofakes3.UploadID) string {
	return filepath.Join(d.scratch, "upload-"+string(id))
}

func (d *disk) partPath(id gofakes3.UploadID, number int) string {
	return filepath.Join(d.uploadFolder(id), strconv.Itoa(number))
}

// CreateMultipartUpload begins an upload whose object will have the metadata.
func (d *disk) CreateMultipartUpload(_ context.Context, _, _ string, metadata map[string]string) (gofakes3.UploadID, error) {
	id := gofakes3.UploadID(rand.Text())
	if err := os.Mkdir(d.uploadFolder(id), 0o700); err != nil {
		return "", err
	}
	d.uploads.add(id, metadata)
	return id, nil
}

// UploadPart stores a part and returns its ETag. A part sent again replaces the one before.
func (d *disk) UploadPart(_ context.Context, _, _ string, id gofakes3.UploadID, number int, size int64, body io.Reader) (string, error) {
	f, err := os.CreateTemp(d.uploadFolder(id), "arriving-*")
	if err != nil {
		return "", err
	}
	sum := newMD5()
	err = copyExactly(io.MultiWriter(f, sum), body, size)
	err = cmp.Or(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.partPath(id, number))
	}
	if err != nil {
		os.Remove(f.Name()) //nolint:errcheck // if that fails too, it goes with the upload's folder
		return "", err
	}
	etag := quoted(sum.Sum(nil))
	return etag, d.uploads.setPart(id, number, etag)
}

// CompleteMultipartUpload joins the listed parts into the object.
func (d *disk) CompleteMultipartUpload(ctx context.Context, _, key string, id gofakes3.UploadID, input *gofakes3.CompleteMultipartUploadRequest) (gofakes3.VersionID, string, error) {
	metadata, err := d.uploads.check(id, input.Parts)
	if err != nil {
		return "", "", err
	}
	rec, err := d.put(ctx, key, metadata, func(w io.Writer) error {
		for _, part := range input.Parts {
			if err := appendFile(w, d.partPath(id, part.PartNumber)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", "", err
	}
	return "", rec.ETag(), d.forget(id)
}

// AbortMultipartUpload throws an upload and its parts away.
func (d *disk) AbortMultipartUpload(_ context.Context, _, _ string, id gofakes3.UploadID) error {
	return d.forget(id)
}

func (d *disk) forget(id gofakes3.UploadID) error {
	d.uploads.remove(id)
	return os.RemoveAll(d.uploadFolder(id))
}

func appendFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return cmp.Or(err, f.Close())
}
