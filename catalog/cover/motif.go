package cover

import (
	"image/color"
	"math"
	"slices"
)

// MotifSize is the side of the square that a motif fills, in units.
const MotifSize = Width

// Motif draws the picture of a theme alone, with its upper left corner at (x, y), without its ground.
func Motif(pen Pen, key string, x, y float64) {
	s := sketch{pen, x, y}
	c := ThemeOf(key).Shapes
	switch key {
	case "lti":
		s.twoWorlds(c)
	case "personal":
		s.oneAmongMany(c)
	case "assessment":
		s.risingBars(c)
	case "organization":
		s.buildingBlocks(c)
	case "advisory":
		s.ringOfPeople(c)
	case "culture":
		s.wovenLines(c)
	case "leadership":
		s.climb(c)
	case "family":
		s.archWithinArch(c)
	case "college":
		s.bridge(c)
	case "development":
		s.plant(c)
	case "bundle":
		s.shelf(nil)
	default:
		s.sharedMiddle(c)
	}
}

// twoWorlds: school and world overlap in what they share.
func (s sketch) twoWorlds(c []color.NRGBA) {
	const r, y, school, world = 135, 165, 90, 210
	half := math.Sqrt(r*r - 60*60)
	s.disc(school, y, r, c[0])
	s.disc(world, y, r, c[1])
	const over = 0.5 // hides the edges beneath
	s.path(from(150, y-half-over).arc(r+over, true, 150, y+half+over).arc(r+over, true, 150, y-half-over), c[2])
}

// oneAmongMany: a field of half discs, one of them whole.
func (s sketch) oneAmongMany(c []color.NRGBA) {
	for row := range 5 {
		for column := range 5 {
			x, y := float64(column*60+30), float64(row*60+30)
			switch {
			case column == 3 && row == 2:
				s.disc(x, y, 30, c[2])
				s.disc(x, y, 15, c[1])
			case (column+row)%2 == 1:
				s.dome(x, y+15, 30, c[0])
			default:
				s.dome(x, y+15, 30, c[1])
			}
		}
	}
}

func (s sketch) risingBars(c []color.NRGBA) {
	for i, fill := range c {
		s.arch(float64(i)*60, 222-float64(i)*45, 60, fill)
	}
}

// buildingBlocks: a school of nine blocks, row by row.
func (s sketch) buildingBlocks(c []color.NRGBA) {
	sky, cream, brick, night := c[0], c[1], c[2], c[3]
	s.path(from(0, 100).arc(100, true, 100, 0).line(100, 100), sky)
	s.rect(100, 0, 100, 100, night)
	s.disc(150, 50, 50, brick)
	s.path(from(200, 0).arc(100, true, 300, 100).line(200, 100), cream)

	s.rect(0, 100, 100, 100, cream)
	s.dome(50, 200, 50, night)
	s.rect(100, 100, 100, 100, sky)
	s.path(from(100, 200).line(150, 100).line(200, 200), cream)
	s.rect(200, 100, 100, 100, brick)
	s.path(from(300, 100).arc(100, true, 200, 200).line(200, 100), night)

	s.rect(0, 200, 100, 100, brick)
	s.path(from(0, 200).arc(100, false, 100, 300).line(100, 200), sky)
	s.rect(100, 200, 100, 100, night)
	s.dome(150, 300, 50, cream)
	s.rect(200, 200, 100, 100, sky)
	s.dome(250, 250, 50, night)
	s.dome(250, 300, 50, cream)
}

// ringOfPeople: fifteen students and their advisor, as equals around a table.
func (s sketch) ringOfPeople(c []color.NRGBA) {
	s.disc(150, 150, 66, c[1])
	for i := range 16 {
		fill := c[0]
		if i == 0 {
			fill = c[2]
		}
		x, y := around(150, 150, 114, float64(i)*22.5-45)
		s.disc(x, y, 20, fill)
	}
}

func (s sketch) wovenLines(c []color.NRGBA) {
	const pitch, width, gap = 60.0, 40.0, 10.0
	warp := func(i int, y, h float64) { s.rect(float64(i)*pitch+gap, y, width, h, c[0]) }
	for i := range 5 {
		warp(i, 0, MotifSize)
	}
	for j := range 5 {
		s.rect(0, float64(j)*pitch+gap, MotifSize, width, c[2-j%2])
	}
	for j := range 5 {
		for i := range 5 {
			if (i+j)%2 == 1 {
				warp(i, float64(j)*pitch+gap-1, width+2)
			}
		}
	}
}

// climb: chevrons that rise towards a light.
func (s sketch) climb(c []color.NRGBA) {
	s.path(from(30, 300).line(150, 180).line(270, 300), c[0])
	s.path(from(0, 270).line(150, 120).line(300, 270).line(300, 300).line(268, 300).line(150, 182).line(32, 300).line(0, 300), c[1])
	s.path(from(0, 210).line(150, 60).line(300, 210).line(300, 272).line(150, 122).line(0, 272), c[2])
	s.disc(150, 32, 28, c[3])
}

// archWithinArch: a house with people in it.
func (s sketch) archWithinArch(c []color.NRGBA) {
	for i, fill := range c {
		inset := float64(i) * 36
		s.arch(inset, inset, MotifSize-2*inset, fill)
	}
}

// bridge: a bridge and its reflection.
func (s sketch) bridge(c []color.NRGBA) {
	const water = 165.0
	stone, river, shade, sun := c[0], c[1], c[2], c[3]
	s.disc(225, 60, 30, sun)
	s.rect(0, 90, MotifSize, water-90, stone)
	s.rect(0, water, MotifSize, MotifSize-water, river)

	s.path(from(0, water-60).arc(60, true, 60, water).line(0, water), shade)
	s.dome(150, water, 60, shade)
	s.path(from(240, water).arc(60, true, 300, water-60).line(300, water), shade)
	s.path(from(0, water+60).arc(60, false, 60, water).line(0, water), stone)
	s.path(from(90, water).arc(60, false, 210, water), stone)
	s.path(from(240, water).arc(60, false, 300, water+60).line(300, water), stone)

	for _, pier := range []float64{75, 225} {
		s.rect(pier-15, water-1, 30, 61, stone)
		s.rect(pier-15, 240, 30, 10, stone)
		s.rect(pier-15, 262, 30, 6, stone)
		s.rect(pier-15, 280, 30, 3, stone)
	}
}

// plant: pairs of leaves on one stem, and a bloom.
func (s sketch) plant(c []color.NRGBA) {
	const length = 84.0
	left := func(y float64, fill color.NRGBA) {
		s.path(from(150, y).arc(length, false, 150-length, y-length).arc(length, false, 150, y), fill)
	}
	right := func(y float64, fill color.NRGBA) {
		s.path(from(150, y).arc(length, true, 150+length, y-length).arc(length, true, 150, y), fill)
	}
	s.rect(146, 60, 8, 240, c[0])
	left(300, c[1])
	right(300, c[0])
	left(222, c[0])
	right(222, c[1])
	left(144, c[1])
	right(144, c[2])
	s.disc(150, 44, 26, c[3])
}

// sharedMiddle: five learning goals around one middle.
func (s sketch) sharedMiddle(c []color.NRGBA) {
	for i, fill := range c {
		fill.A = 224
		x, y := around(150, 156, 68, float64(i)*72-90)
		s.disc(x, y, 76, fill)
	}
	s.disc(150, 156, 26, rgb(0xFBF3E4))
}

// spine is a book on the shelf, seen from its back.
type spine struct {
	key           string
	height, width float64
}

// spines are one for each distinguisher, in the order of the design.
func spines() []spine {
	return []spine{
		{"lti", 222, 30}, {"personal", 258, 24}, {"assessment", 198, 30}, {"organization", 246, 36}, {"advisory", 270, 24},
		{"culture", 210, 30}, {"leadership", 234, 24}, {"family", 252, 36}, {"college", 204, 30}, {"development", 240, 24},
	}
}

// shelf: the spines of those keys, or of all where none is named; few of them are thicker.
func (s sketch) shelf(keys []string) {
	const board, room, thickest = 282.0, 288.0, 2.0
	var books []spine
	width := 0.0
	for _, book := range spines() {
		if len(keys) == 0 || slices.Contains(keys, book.key) {
			books = append(books, book)
			width += book.width
		}
	}
	if width == 0 {
		return
	}
	scale := min(room/width, thickest)
	x := (MotifSize - width*scale) / 2
	for _, book := range books {
		theme := ThemeOf(book.key)
		top, w := board-book.height, book.width*scale
		s.rect(x, top, w, book.height, theme.Ground)
		s.rect(x, top+24, w, 5, theme.Shapes[0])
		s.rect(x, top+35, w, 2, theme.Shapes[0])
		s.disc(x+w/2, 252, 6*math.Sqrt(scale), theme.Shapes[2])
		x += w
	}
	s.rect(0, board, MotifSize, MotifSize-board, ThemeOf("bundle").Shapes[0])
}

// sketch is the small vocabulary that all motifs are drawn with: a pen that was moved to their corner.
type sketch struct {
	pen  Pen
	x, y float64
}

func (s sketch) rect(x, y, w, h float64, fill color.NRGBA) { s.pen.Rect(s.x+x, s.y+y, w, h, fill) }

func (s sketch) disc(x, y, r float64, fill color.NRGBA) { s.pen.Circle(s.x+x, s.y+y, r, fill) }

func (s sketch) path(p Path, fill color.NRGBA) {
	moved := make(Path, len(p))
	for i, g := range p {
		moved[i] = Segment{g.Kind, g.X1 + s.x, g.Y1 + s.y, g.X2 + s.x, g.Y2 + s.y, g.ToX + s.x, g.ToY + s.y}
	}
	s.pen.Path(moved, fill)
}

// dome is the upper half of a disc around (x, y).
func (s sketch) dome(x, y, r float64, fill color.NRGBA) {
	s.path(from(x-r, y).arc(r, true, x+r, y), fill)
}

// arch is a bar with a round top, down to the foot of the motif.
func (s sketch) arch(x, y, w float64, fill color.NRGBA) {
	s.path(from(x, MotifSize).line(x, y+w/2).arc(w/2, true, x+w, y+w/2).line(x+w, MotifSize), fill)
}

// around returns the point of a circle at an angle in degrees, clockwise from the right.
func around(x, y, r, degrees float64) (float64, float64) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return x + r*cos, y + r*sin
}
