package cover

import "math"

// Path is a closed outline of lines and curves.
type Path []Segment

// Segment goes on from where the one before ended. A move has no controls and is the first; a curve
// is a cubic Bézier curve.
type Segment struct {
	Kind                     SegmentKind
	X1, Y1, X2, Y2, ToX, ToY float64
}

// SegmentKind tells the segments of a path apart.
type SegmentKind int

// The kinds of segment.
const (
	Move SegmentKind = iota
	Line
	Curve
)

func from(x, y float64) Path { return Path{{Kind: Move, ToX: x, ToY: y}} }

func (p Path) line(x, y float64) Path { return append(p, Segment{Kind: Line, ToX: x, ToY: y}) }

// arc goes to (x, y) along the shorter arc of a circle of radius r, clockwise or not.
func (p Path) arc(r float64, clockwise bool, x, y float64) Path {
	last := p[len(p)-1]
	centreX, centreY := arcCentre(last.ToX, last.ToY, x, y, r, clockwise)
	start := math.Atan2(last.ToY-centreY, last.ToX-centreX)
	sweep := math.Atan2(y-centreY, x-centreX) - start
	if clockwise && sweep < 0 {
		sweep += 2 * math.Pi
	}
	if !clockwise && sweep > 0 {
		sweep -= 2 * math.Pi
	}

	pieces := math.Ceil(math.Abs(sweep)/(math.Pi/2) - 1e-9) // a Bézier curve holds a quarter circle well
	step := sweep / pieces
	handle := r * 4 / 3 * math.Tan(step/4)
	for i := range int(pieces) {
		a := start + float64(i)*step
		b := a + step
		p = append(p, Segment{
			Kind: Curve,
			X1:   centreX + r*math.Cos(a) - handle*math.Sin(a),
			Y1:   centreY + r*math.Sin(a) + handle*math.Cos(a),
			X2:   centreX + r*math.Cos(b) + handle*math.Sin(b),
			Y2:   centreY + r*math.Sin(b) - handle*math.Cos(b),
			ToX:  centreX + r*math.Cos(b),
			ToY:  centreY + r*math.Sin(b),
		})
	}
	return p
}

func arcCentre(x1, y1, x2, y2, r float64, clockwise bool) (x, y float64) {
	dx, dy := x2-x1, y2-y1
	chord := math.Hypot(dx, dy)
	toCentre := math.Sqrt(max(0, r*r-chord*chord/4))
	if !clockwise {
		toCentre = -toCentre
	}
	return (x1+x2)/2 - toCentre*dy/chord, (y1+y2)/2 + toCentre*dx/chord
}
