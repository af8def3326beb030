package press

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// objectsInStream is how many objects share a stream. Readers unpack a stream whole for one object.
const objectsInStream = 200

// write writes the file: streams as they are, all other objects packed into streams, and the list of
// where they lie. The same document gives the same bytes, which pdfcpu's writer does not promise: it
// writes the time of day.
func (d *document) write(w io.Writer) error {
	out := output{entries: make([]entry, len(d.objects))}
	out.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var packed []int
	for number, o := range d.objects {
		if stream, ok := o.(types.StreamDict); ok {
			out.stream(number, stream.Dict, stream.Raw)
		} else if number > 0 {
			packed = append(packed, number)
		}
	}
	for numbers := range slices.Chunk(packed, objectsInStream) {
		out.pack(d.objects, numbers)
	}
	out.list(d.catalog, d.info)
	_, err := w.Write(out.Bytes())
	return err
}

// output is the bytes of a file, and where in it each object lies.
type output struct {
	bytes.Buffer
	entries []entry
}

// entry says where an object lies: at a place in the file, or as one of those in a stream.
type entry struct {
	kind         uint8
	where, index int // the place; or the number of the stream and the index in it
}

const (
	unused   uint8 = 0
	inFile   uint8 = 1
	inStream uint8 = 2
)

// entryWidths are the bytes that kind, where and index of an entry take.
func entryWidths() types.Array { return types.NewIntegerArray(1, 4, 2) }

func (e entry) appendTo(list []byte) []byte {
	list = append(list, e.kind)
	list = binary.BigEndian.AppendUint32(list, uint32(e.where))
	return binary.BigEndian.AppendUint16(list, uint16(e.index))
}

func (out *output) stream(number int, dict types.Dict, raw []byte) {
	out.entries[number] = entry{kind: inFile, where: out.Len()}
	dict["Length"] = types.Integer(len(raw))
	fmt.Fprintf(out, "%d 0 obj\n%s\nstream\n%s\nendstream\nendobj\n", number, dict.PDFString(), raw)
}

// pack writes objects into one stream, under the next free number.
func (out *output) pack(objects []types.Object, numbers []int) {
	stream := len(out.entries)
	out.entries = append(out.entries, entry{})
	var head, body bytes.Buffer
	for i, number := range numbers {
		out.entries[number] = entry{kind: inStream, where: stream, index: i}
		fmt.Fprintf(&head, "%d %d ", number, body.Len())
		fmt.Fprintf(&body, "%s\n", objects[number].PDFString())
	}
	out.stream(stream, types.Dict{
		"Type":   types.Name("ObjStm"),
		"N":      types.Integer(len(numbers)),
		"First":  types.Integer(head.Len()),
		"Filter": types.Name("FlateDecode"),
	}, deflate(append(head.Bytes(), body.Bytes()...)))
}

// list ends the file with where everything lies.
func (out *output) list(catalog, info types.IndirectRef) {
	hash := sha256.Sum256(out.Bytes())
	id := types.NewHexLiteral(hash[:16])
	number, place := len(out.entries), out.Len()
	out.entries = append(out.entries, entry{kind: inFile, where: place})
	out.entries[0] = entry{kind: unused, index: 0xFFFF}
	var list []byte
	for _, e := range out.entries {
		list = e.appendTo(list)
	}
	out.stream(number, types.Dict{
		"Type":   types.Name("XRef"),
		"Size":   types.Integer(len(out.entries)),
		"W":      entryWidths(),
		"Root":   catalog,
		"Info":   info,
		"ID":     types.Array{id, id},
		"Filter": types.Name("FlateDecode"),
	}, deflate(list))
	fmt.Fprintf(out, "startxref\n%d\n%%%%EOF\n", place)
}

func deflate(content []byte) []byte {
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(content) // writing into memory does not fail
	_ = w.Close()
	return packed.Bytes()
}
