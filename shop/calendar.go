package shop

import (
	"time"
	_ "time/tzdata" // zones have to be known on machines without a list of them
)

// YearDay is a day that comes every year, such as the one on which a school year begins.
type YearDay struct {
	Month time.Month
	Day   int
}

// Calendar says when days, weeks and school years begin. Zone must not be nil.
type Calendar struct {
	Zone       *time.Location
	SchoolYear YearDay
}

// Day is the first moment of the day that t is within.
func (c Calendar) Day(t time.Time) time.Time { return c.day(t.In(c.Zone).Date()) }

// Date is the date of t for people, as midnight in UTC.
func (c Calendar) Date(t time.Time) time.Time {
	y, m, d := t.In(c.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Week is the first moment of the week that t is within; weeks begin on Monday.
func (c Calendar) Week(t time.Time) time.Time {
	sinceMonday := (int(c.Date(t).Weekday()) + 6) % 7
	return c.Later(t, 0, 0, -sinceMonday)
}

// Year is the first moment of the school year that t is within.
func (c Calendar) Year(t time.Time) time.Time {
	y := t.In(c.Zone).Year()
	start := c.day(y, c.SchoolYear.Month, c.SchoolYear.Day)
	if t.Before(start) {
		return c.day(y-1, c.SchoolYear.Month, c.SchoolYear.Day)
	}
	return start
}

// Later is the first moment of the day that is so many years, months and days after the one that t is within.
func (c Calendar) Later(t time.Time, years, months, days int) time.Time {
	y, m, d := t.In(c.Zone).Date()
	return c.day(y+years, m+time.Month(months), d+days)
}

// ReadDays reads a period from its first and its last day, such as "2026-08-01", both within it. It is an Error
// with the Fields from and to where they make no sense.
func (c Calendar) ReadDays(from, to string) (Period, error) {
	first, badFirst := time.Parse(time.DateOnly, from)
	last, badLast := time.Parse(time.DateOnly, to)
	wrong := map[string]Sentence{}
	if badFirst != nil {
		wrong["from"] = Say("Type a day as 2026-08-01.")
	}
	switch {
	case badLast != nil:
		wrong["to"] = Say("Type a day as 2026-08-01.")
	case badFirst == nil && last.Before(first):
		wrong["to"] = Say("The last day cannot be before the first.")
	}
	if len(wrong) > 0 {
		e := NewError(Invalid, "invalid_period", "Please check the first and the last day. Nothing was read or exported.")
		e.Fields = wrong
		return Period{}, e
	}
	return Period{From: c.day(first.Date()), To: c.day(last.AddDate(0, 0, 1).Date())}, nil
}

// Before is the same time of the clock so many years and days before t, on a Quarter.
func (c Calendar) Before(t time.Time, years, days int) time.Time {
	local := t.In(c.Zone)
	y, m, d := local.Date()
	return time.Date(y-years, m, d-days, local.Hour(), local.Minute(), 0, 0, c.Zone).Truncate(Quarter)
}

// day is the first moment of a day. Where the clocks change at midnight that is not 00:00, or it is the first of two.
func (c Calendar) day(y int, m time.Month, d int) time.Time {
	wanted := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	t := time.Date(y, m, d, 0, 0, 0, 0, c.Zone).Add(-26 * time.Hour).Truncate(Quarter)
	for {
		if !c.Date(t).Before(wanted) {
			return t.UTC()
		}
		t = t.Add(Quarter)
	}
}
