package staff

import (
	"fmt"
	"math"
)

// plot is a picture of some figures over time, and the table that says the same in numbers. Measures are those of
// the picture's own view box.
type plot struct {
	ID, Title, Desc string
	Head            string   // of the table's first column
	Columns         []string // heads of the others
	Rows            []plotRow
	Lines           []plotLine
	Bars            []plotBar
	Labels          []plotLabel
	Baseline        int
}

// The measures of every plot.
const (
	plotWidth  = 720
	plotLeft   = 76 // where the bars begin: before are the labels of the lines
	plotTop    = 10
	plotBottom = 190 // where the bars end: below are the labels of the time
	plotLabels = 8   // of the time, at most
)

// Width and Height are those of the view box.
func (plot) Width() int { return plotWidth }

// Height is enough for the labels below the bars.
func (plot) Height() int { return plotBottom + 26 }

// Left is where lines begin.
func (plot) Left() int { return plotLeft }

type plotRow struct {
	Label  string
	Values []string
}

type plotLine struct {
	Y     int
	Label string
}

type plotBar struct {
	X, Y, Width, Height int
	Class, Label        string
}

type plotLabel struct {
	X, Y int
	Text string
}

// series is one figure over time.
type series struct {
	Name, Class string
	Below       bool // drawn down from the line of zero
	Values      []int64
}

// newPlot draws series over the same labels; write puts a figure into words.
func newPlot(id, title, head string, labels []string, all []series, write func(int64) string) plot {
	p := plot{ID: id, Title: title, Head: head}
	highest, lowest := int64(0), int64(0)
	for _, s := range all {
		p.Columns = append(p.Columns, s.Name)
		for _, value := range s.Values {
			highest, lowest = max(highest, s.height(value)), min(lowest, s.height(value))
		}
	}
	step := stepOf(highest - lowest)
	scale := newScale(floor(lowest, step), -floor(-highest, step))
	p.Baseline = scale.y(0)
	for value := scale.lowest; value <= scale.highest; value += step {
		p.Lines = append(p.Lines, plotLine{scale.y(value), write(max(value, -value))})
	}
	room := float64(plotWidth-plotLeft) / float64(max(len(labels), 1))
	for i, label := range labels {
		row := plotRow{Label: label}
		left := plotLeft + int(float64(i)*room)
		for _, s := range all {
			row.Values = append(row.Values, write(s.Values[i]))
			if s.Values[i] == 0 {
				continue
			}
			top, bottom := scale.y(max(s.height(s.Values[i]), 0)), scale.y(min(s.height(s.Values[i]), 0))
			p.Bars = append(p.Bars, plotBar{
				X: left + 1, Y: top, Width: max(int(room)-2, 1), Height: max(bottom-top, 1),
				Class: s.Class, Label: fmt.Sprintf("%s: %s %s", label, s.Name, write(s.Values[i])),
			})
		}
		if i%(len(labels)/plotLabels+1) == 0 {
			p.Labels = append(p.Labels, plotLabel{left, plotBottom + 18, label})
		}
		p.Rows = append(p.Rows, row)
	}
	p.Desc = describe(labels, all, write)
	return p
}

// height is the figure as it is drawn.
func (s series) height(value int64) int64 {
	if s.Below {
		return -value
	}
	return value
}

// describe says in a sentence what the picture shows, for those who do not see it.
func describe(labels []string, all []series, write func(int64) string) string {
	text := ""
	for _, s := range all {
		sum, highest := int64(0), 0
		for i, value := range s.Values {
			sum += value
			if value > s.Values[highest] {
				highest = i
			}
		}
		if sum == 0 || len(labels) == 0 {
			text += fmt.Sprintf("%s: none. ", s.Name)
			continue
		}
		text += fmt.Sprintf("%s: %s in all, most in %s with %s. ", s.Name, write(sum), labels[highest], write(s.Values[highest]))
	}
	return text + "The table below has every figure."
}

// scale lays values onto the picture.
type scale struct{ lowest, highest int64 }

func newScale(lowest, highest int64) scale { return scale{lowest, max(highest, lowest+1)} }

func (s scale) y(value int64) int {
	share := float64(value-s.lowest) / float64(s.highest-s.lowest)
	return plotBottom - int(math.Round(share*float64(plotBottom-plotTop)))
}

// stepOf is a round number of which about four make up the span.
func stepOf(span int64) int64 {
	step := int64(1)
	for {
		for _, factor := range []int64{1, 2, 5} {
			if span <= 4*factor*step {
				return factor * step
			}
		}
		step *= 10
	}
}

// floor is the largest multiple of step that is not above the value.
func floor(value, step int64) int64 {
	whole := value / step * step
	if whole > value {
		whole -= step
	}
	return whole
}
