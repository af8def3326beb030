package fonts

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// readAdvances reads from a TrueType file how far each character moves the pen, in ems.
// It understands the one kind of character map that the embedded files use: format 4, Unicode BMP.
func readAdvances(ttf string) (map[rune]float64, error) {
	tables, err := readTables([]byte(ttf))
	if err != nil {
		return nil, err
	}
	unitsPerEm := float64(binary.BigEndian.Uint16(tables["head"][18:]))
	longMetrics := int(binary.BigEndian.Uint16(tables["hhea"][34:]))
	glyphs, err := readCharacterMap(tables["cmap"])
	if err != nil {
		return nil, err
	}

	advances := make(map[rune]float64, len(glyphs))
	for r, glyph := range glyphs {
		metric := min(glyph, longMetrics-1) // the last one holds for all glyphs after it
		advances[r] = float64(binary.BigEndian.Uint16(tables["hmtx"][4*metric:])) / unitsPerEm
	}
	return advances, nil
}

func readTables(ttf []byte) (map[string][]byte, error) {
	const header, record = 12, 16
	tables := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		r := ttf[header+i*record:]
		offset, length := binary.BigEndian.Uint32(r[8:]), binary.BigEndian.Uint32(r[12:])
		tables[string(r[:4])] = ttf[offset : offset+length]
	}
	for _, name := range []string{"head", "hhea", "hmtx", "cmap"} {
		if tables[name] == nil {
			return nil, fmt.Errorf("table %s is missing", name)
		}
	}
	return tables, nil
}

func readCharacterMap(cmap []byte) (map[rune]int, error) {
	const windows, unicodeBMP = 3, 1
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		r := cmap[4+8*i:]
		if binary.BigEndian.Uint16(r) != windows || binary.BigEndian.Uint16(r[2:]) != unicodeBMP {
			continue
		}
		return readFormat4(cmap[binary.BigEndian.Uint32(r[4:]):])
	}
	return nil, errors.New("no Unicode character map")
}

// readFormat4 walks the segments of consecutive characters. A segment gives its glyphs by a distance
// (delta) or by an offset from its own place in the file (rangeOffset) into a list of glyphs.
func readFormat4(table []byte) (map[rune]int, error) {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(table[at:])) }
	if u16(0) != 4 {
		return nil, fmt.Errorf("character map has format %d, not 4", u16(0))
	}
	twiceSegments := u16(6)
	ends := 14
	starts := ends + twiceSegments + 2
	deltas := starts + twiceSegments
	rangeOffsets := deltas + twiceSegments

	glyphs := map[rune]int{}
	for s := 0; s < twiceSegments; s += 2 {
		for char := u16(starts + s); char <= u16(ends+s) && char != 0xFFFF; char++ {
			glyph := (char + u16(deltas+s)) & 0xFFFF
			if offset := u16(rangeOffsets + s); offset != 0 {
				glyph = u16(rangeOffsets + s + offset + 2*(char-u16(starts+s)))
				if glyph != 0 {
					glyph = (glyph + u16(deltas+s)) & 0xFFFF
				}
			}
			if glyph != 0 {
				glyphs[rune(char)] = glyph
			}
		}
	}
	return glyphs, nil
}
