package shop

import (
	"testing"
	"time"
)

func mustZone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func TestDaysBeginWhereTheClocksSaySo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, at, day, week, next string }{
		{"America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"}, // 23 hours
		{"America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"}, // 25 hours
		{"America/New_York", "2026-11-02T04:59:00Z", "2026-11-01T04:00:00Z", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"America/Havana", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"}, // begins at 1:00
		{"America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-10-26T04:00:00Z", "2026-11-02T05:00:00Z"}, // 0:00 comes twice
		{"Australia/Lord_Howe", "2026-10-04T03:00:00Z", "2026-10-03T13:30:00Z", "2026-09-27T13:30:00Z", "2026-10-04T13:00:00Z"},
		{"Asia/Kathmandu", "2026-05-05T18:14:00Z", "2026-05-04T18:15:00Z", "2026-05-03T18:15:00Z", "2026-05-05T18:15:00Z"},
		{"UTC", "2026-05-03T00:00:00Z", "2026-05-03T00:00:00Z", "2026-04-27T00:00:00Z", "2026-05-04T00:00:00Z"}, // a Sunday
	} {
		c := Calendar{Zone: mustZone(t, test.zone), SchoolYear: YearDay{time.August, 1}}
		at, err := time.Parse(time.RFC3339, test.at)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string][2]string{
			"day":      {c.Day(at).Format(time.RFC3339), test.day},
			"week":     {c.Week(at).Format(time.RFC3339), test.week},
			"next day": {c.Later(at, 0, 0, 1).Format(time.RFC3339), test.next},
		} {
			if got[0] != got[1] {
				t.Errorf("%s at %s: the %s begins at %s, want %s", test.zone, test.at, name, got[0], got[1])
			}
		}
	}
}

func TestTheSchoolYearBeginsOnItsDay(t *testing.T) {
	t.Parallel()
	c := Calendar{Zone: mustZone(t, "America/New_York"), SchoolYear: YearDay{time.August, 1}}
	for at, want := range map[string]string{
		"2026-08-01T04:00:00Z": "2026-08-01T04:00:00Z", "2026-08-01T03:59:59Z": "2025-08-01T04:00:00Z",
		"2027-01-01T00:00:00Z": "2026-08-01T04:00:00Z", "2026-07-31T12:00:00Z": "2025-08-01T04:00:00Z",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Year(moment).Format(time.RFC3339); got != want {
			t.Errorf("at %s the school year began at %s, want %s", at, got, want)
		}
	}
}

func TestTheSameTimeBefore(t *testing.T) {
	t.Parallel()
	c := Calendar{Zone: mustZone(t, "America/New_York")}
	at := time.Date(2026, 3, 9, 14, 40, 7, 0, time.UTC) // 10:40, a day after the clocks were put forward
	for days, want := range map[int]string{1: "2026-03-08T14:30:00Z", 7: "2026-03-02T15:30:00Z"} {
		if got := c.Before(at, 0, days).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%d days before: %s, want %s", days, got, want)
		}
	}
	if got := c.Before(at, 1, 0).UTC().Format(time.RFC3339); got != "2025-03-09T14:30:00Z" {
		t.Errorf("a year before: %s", got)
	}
}
