package epub

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"time"
)

const mimetype = "application/epub+zip"

// pack writes the ZIP file. All in it bears the edition's date, so that the bytes stay the same.
func (p *publication) pack(w io.Writer) error {
	z := packer{zip.NewWriter(w), p.Date}
	if err := z.mimetype(); err != nil {
		return err
	}
	if err := z.file("META-INF/container.xml", p.container); err != nil {
		return err
	}
	if err := z.file("EPUB/content.opf", p.packageDocument); err != nil {
		return err
	}
	for _, r := range p.Resources {
		if err := z.file("EPUB/"+r.Name, r.content); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("end the EPUB: %w", err)
	}
	return nil
}

type packer struct {
	*zip.Writer
	modified time.Time
}

// mimetype must come first, uncompressed and with no further fields, so that its bytes stand where a
// look at the file's beginning finds them.
func (z packer) mimetype() error {
	const size = uint64(len(mimetype))
	content, err := z.CreateRaw(&zip.FileHeader{
		Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(mimetype)), CompressedSize64: size, UncompressedSize64: size,
	})
	if err != nil {
		return fmt.Errorf("begin the EPUB: %w", err)
	}
	if _, err := io.WriteString(content, mimetype); err != nil {
		return fmt.Errorf("begin the EPUB: %w", err)
	}
	return nil
}

func (z packer) file(name string, body []byte) error {
	content, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: z.modified})
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if _, err := content.Write(body); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	return nil
}
