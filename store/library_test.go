package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mailedLink is one that was asked for now.
func mailedLink(purpose shop.LinkPurpose, subject string) shop.MailedLink {
	secret := shop.NewSecret() + shop.NewSecret() + "............"
	return shop.MailedLink{
		ID: shop.NewID(), Purpose: purpose, Subject: subject, Language: shop.Spanish, TokenHash: secret[:64],
		RequestedAt: storetest.Now(), ExpiresAt: storetest.Now().Add(shop.LinkLife),
	}
}

func TestALinkIsMailedAndUsedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := mailedLink(shop.LinkLibrary, "ada@school.example")
		must(t, s.AskForLink(t.Context(), l, storetest.Now().Add(-time.Hour), 3))
		jobs := mustClaim(t, s, 10)
		if len(jobs) != 1 || jobs[0].Kind != shop.JobLink || jobs[0].Subject != l.ID || strings.Contains(fmt.Sprint(jobs), "ada@") {
			t.Fatalf("jobs %+v", jobs)
		}
		for _, read := range []func() (shop.MailedLink, error){
			func() (shop.MailedLink, error) { return s.MailedLink(t.Context(), l.ID) },
			func() (shop.MailedLink, error) { return s.MailedLinkByHash(t.Context(), l.Purpose, l.TokenHash) },
		} {
			if got, err := read(); err != nil || got != l {
				t.Errorf("read %+v, %v", got, err)
			}
		}
		var (
			all      sync.WaitGroup
			mu       sync.Mutex
			outcomes []error
		)
		for range 8 {
			all.Go(func() {
				got, err := s.UseLink(t.Context(), l.Purpose, l.TokenHash, storetest.Now())
				if err == nil && got.Subject != l.Subject {
					t.Errorf("used %+v", got)
				}
				mu.Lock()
				defer mu.Unlock()
				outcomes = append(outcomes, err)
			})
		}
		all.Wait()
		used := 0
		for _, err := range outcomes {
			switch {
			case err == nil:
				used++
			case !errors.Is(err, shop.ErrLinkUsed):
				t.Error(err)
			}
		}
		if used != 1 {
			t.Errorf("the link was used %d times", used)
		}
	})
}

func TestLinksThatOpenNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		l := mailedLink(shop.LinkLibrary, "ada@school.example")
		must(t, s.AskForLink(t.Context(), l, storetest.Now().Add(-time.Hour), 3))
		for name, c := range map[string]struct {
			purpose shop.LinkPurpose
			hash    string
			at      time.Time
			want    error
		}{
			"unknown":          {l.Purpose, strings.Repeat("0", 64), storetest.Now(), shop.ErrLinkNotFound},
			"of other purpose": {shop.LinkDevice, l.TokenHash, storetest.Now(), shop.ErrLinkNotFound},
			"expired":          {l.Purpose, l.TokenHash, l.ExpiresAt, shop.ErrLinkExpired},
		} {
			if _, err := s.UseLink(t.Context(), c.purpose, c.hash, c.at); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, s.DeleteStaleLinks(t.Context(), l.ExpiresAt))
		if _, err := s.MailedLink(t.Context(), l.ID); err != nil {
			t.Errorf("cleared away too early: %v", err)
		}
		must(t, s.DeleteStaleLinks(t.Context(), l.ExpiresAt.Add(time.Second)))
		if _, err := s.MailedLink(t.Context(), l.ID); !errors.Is(err, shop.ErrLinkNotFound) {
			t.Errorf("after it was cleared away: %v", err)
		}
	})
}

func TestTheJobOfALinkGoesWithIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		mustQueue(t, s, "a mail")
		l := mailedLink(shop.LinkLibrary, "ada@school.example")
		must(t, s.AskForLink(t.Context(), l, storetest.Now().Add(-time.Hour), 3))
		for _, job := range mustClaim(t, s, 100) {
			must(t, s.FinishJob(t.Context(), job, storetest.Now()))
		}
		jobs := func(kind shop.JobKind) (n int) {
			must(t, pool(t, s).QueryRow("SELECT COUNT(*) FROM jobs WHERE kind = '"+string(kind)+"'").Scan(&n))
			return n
		}
		mails := jobs(shop.JobMail)
		must(t, s.DeleteStaleLinks(t.Context(), l.ExpiresAt))
		if jobs(shop.JobLink) != 1 {
			t.Error("the job was cleared away before its link")
		}
		must(t, s.DeleteStaleLinks(t.Context(), l.ExpiresAt.Add(time.Second)))
		if jobs(shop.JobLink) != 0 || jobs(shop.JobMail) != mails || mails == 0 {
			t.Errorf("left: %d jobs of links and %d mails of %d", jobs(shop.JobLink), jobs(shop.JobMail), mails)
		}
	})
}

func TestLinksToOneAddressAreThrottled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				l := mailedLink(shop.LinkLibrary, "ada@school.example")
				if err := s.AskForLink(t.Context(), l, storetest.Now().Add(-time.Hour), 3); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		must(t, s.AskForLink(t.Context(), mailedLink(shop.LinkLibrary, "bob@school.example"), storetest.Now().Add(-time.Hour), 3))
		later := mailedLink(shop.LinkLibrary, "ada@school.example")
		later.RequestedAt = storetest.Now().Add(2 * time.Hour)
		must(t, s.AskForLink(t.Context(), later, storetest.Now().Add(time.Hour), 3))
		got := read(t, pool(t, s), "SELECT subject || ' ' || COUNT(*) FROM mailed_links GROUP BY subject")
		if want := []string{"ada@school.example 4", "bob@school.example 1"}; !slices.Equal(got, want) {
			t.Errorf("links %v, want %v", got, want)
		}
		if jobs := read(t, pool(t, s), "SELECT key FROM jobs"); len(jobs) != 5 {
			t.Errorf("%d jobs", len(jobs))
		}
	})
}

func TestALibraryHoldsWhatSomethingCameOf(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		const ada = "ada@school.example"
		if has, err := s.HasOrders(t.Context(), ada); err != nil || has {
			t.Errorf("before the first order: %t, %v", has, err)
		}
		storetest.MustOrder(t, s, storetest.Advisory) // begun, perhaps by somebody else in her name
		if has, err := s.HasOrders(t.Context(), ada); err != nil || has {
			t.Errorf("an order that was begun: %t, %v", has, err)
		}
		first := storetest.MustPaidOrder(t, s, storetest.Both)
		second := storetest.MustPaidOrder(t, s, storetest.Projects)
		underway := storetest.MustOrder(t, s, storetest.Starter, storetest.Advisory)
		processing := storetest.Payment(underway)
		processing.Kind = shop.PaymentProcessing
		storetest.MustApply(t, s, processing, shop.EventApplied)

		var got []string
		for page := 1; page <= 3; page++ {
			read, err := s.LibraryOrders(t.Context(), shop.LibraryQuery{Email: ada, Page: page, Limit: 2})
			must(t, err)
			if read.Total != 3 {
				t.Errorf("page %d counts %d", page, read.Total)
			}
			for _, o := range read.Orders {
				got = append(got, fmt.Sprint(page, " ", o.Number, " ", len(o.Lines), " ", len(o.Entitlements)))
			}
		}
		want := []string{"1 " + underway.Number + " 2 0", "1 " + second.Number + " 1 1", "2 " + first.Number + " 1 1"}
		if !slices.Equal(got, want) {
			t.Errorf("orders %v, want %v", got, want)
		}

		edition := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
		edition.Product.Editions = []shop.Edition{storetest.Edition(storetest.Advisory, 2)}
		storetest.MustImport(t, s, edition)
		files, err := s.LibraryFiles(t.Context(), ada)
		must(t, err)
		var named []string
		for _, f := range files {
			if f.EditionDate.IsZero() {
				t.Errorf("%s has no date", f.Name)
			}
			named = append(named, fmt.Sprint(f.ProductSlug, " ", f.EditionNumber, " ", f.OrderID == first.ID))
		}
		if want := []string{"projects 1 false", "advisory 2 true", "projects 1 true"}; !slices.Equal(named, want) {
			t.Errorf("files %v, want %v", named, want)
		}
		if none, err := s.LibraryFiles(t.Context(), "bob@school.example"); err != nil || len(none) != 0 {
			t.Errorf("another's: %v, %v", none, err)
		}
	})
}

func TestSessions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		now := storetest.Now()
		must(t, s.KeepSession(t.Context(), "t", []byte("one"), now.Add(time.Hour)))
		must(t, s.KeepSession(t.Context(), "t", []byte("two"), now.Add(2*time.Hour)))
		for _, c := range []struct {
			token string
			at    time.Time
			want  string
		}{{"t", now.Add(time.Hour), "two"}, {"t", now.Add(2 * time.Hour), ""}, {"other", now, ""}} {
			if got, found, err := s.Session(t.Context(), c.token, c.at); err != nil || string(got) != c.want || found != (c.want != "") {
				t.Errorf("%s at %s: %q, %t, %v", c.token, c.at, got, found, err)
			}
		}
		must(t, s.KeepSession(t.Context(), "old", []byte("x"), now.Add(-time.Hour)))
		must(t, s.DeleteStaleSessions(t.Context(), now))
		must(t, s.EndSession(t.Context(), "unknown"))
		if got := read(t, pool(t, s), "SELECT token FROM sessions"); !slices.Equal(got, []string{"t"}) {
			t.Errorf("left are %v", got)
		}
		must(t, s.EndSession(t.Context(), "t"))
		if _, found, _ := s.Session(t.Context(), "t", now); found {
			t.Error("a session that was ended is still there")
		}
	})
}

func TestAnOrderKnowsItsDevices(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		mine, other := storetest.MustPaidOrder(t, s, storetest.Advisory), storetest.MustPaidOrder(t, s, storetest.Projects)
		browser, network := shop.Device{Kind: shop.DeviceBrowser, Device: "b"}, shop.Device{Kind: shop.DeviceNetwork, Device: "192.0.2.0"}
		networksSince := storetest.Now().Add(-time.Hour)
		for range 2 {
			must(t, s.RememberDevices(t.Context(), mine.ID, []shop.Device{browser}, storetest.Now()))
		}
		for id, want := range map[string][]shop.Device{mine.ID: {browser}, other.ID: nil} {
			if got, err := s.KnownDevices(t.Context(), id, []shop.Device{browser, network}, networksSince); err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, %v, want %v", got, err, want)
			}
		}
		l := mailedLink(shop.LinkDevice, mine.ID)
		must(t, s.AskForLink(t.Context(), l, storetest.Now().Add(-time.Hour), 3))
		if _, err := s.ConfirmDevices(t.Context(), l.TokenHash, []shop.Device{network}, l.ExpiresAt); !errors.Is(err, shop.ErrLinkExpired) {
			t.Errorf("too late: %v", err)
		}
		for i, want := range []error{nil, shop.ErrLinkUsed} {
			if _, err := s.ConfirmDevices(t.Context(), l.TokenHash, []shop.Device{network}, storetest.Now()); !errors.Is(err, want) {
				t.Errorf("time %d: %v", i, err)
			}
		}
		if got, err := s.KnownDevices(t.Context(), mine.ID, []shop.Device{browser, network}, networksSince); err != nil || len(got) != 2 {
			t.Errorf("afterwards: %v, %v", got, err)
		}
		later := storetest.Now().Add(time.Second)
		if got, err := s.KnownDevices(t.Context(), mine.ID, []shop.Device{browser, network}, later); err != nil || !slices.Equal(got, []shop.Device{browser}) {
			t.Errorf("when the network is stale: %v, %v", got, err)
		}
		must(t, s.RememberDevices(t.Context(), mine.ID, []shop.Device{network}, later))
		must(t, s.DeleteStaleNetworks(t.Context(), later))
		if got := read(t, pool(t, s), "SELECT device FROM order_devices ORDER BY device"); len(got) != 2 {
			t.Errorf("a network that was confirmed again is cleared away: %v", got)
		}
		must(t, s.DeleteStaleNetworks(t.Context(), later.Add(time.Second)))
		if got := read(t, pool(t, s), "SELECT device FROM order_devices"); !slices.Equal(got, []string{"b"}) {
			t.Errorf("left are %v", got)
		}
	})
}

// The same rule stands in SQL and in shop.Order: both are asked of every state that an order can be in.
func TestALibraryAgreesWithTheShop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := storetest.MustOrder(t, s, storetest.Advisory)
		for _, status := range []shop.OrderStatus{
			shop.Pending, shop.Paid, shop.Review, shop.Expired, shop.Canceled, shop.Disputed, shop.Lost, shop.PartiallyRefunded, shop.Refunded,
		} {
			for _, session := range []shop.SessionState{shop.SessionNone, shop.SessionOpen, shop.SessionProcessing, shop.SessionClosed} {
				if _, err := pool(t, s).ExecContext(t.Context(), fmt.Sprintf("UPDATE orders SET status = '%s', session_state = '%s'", status, session)); err != nil {
					t.Fatal(err)
				}
				o.Status, o.SessionState = status, session
				if has, err := s.HasOrders(t.Context(), o.Email); err != nil || has != o.InLibrary() {
					t.Errorf("%s with its page %q: in the library %t (%v), the shop says %t", status, session, has, err, o.InLibrary())
				}
			}
		}
	})
}

func TestALibraryTakesAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		email := storetest.MustPaidOrder(t, s, storetest.Both).Email
		count := func(orders int) int {
			return len(s.Statements(func(s *store.Store) {
				page, err := s.LibraryOrders(t.Context(), shop.LibraryQuery{Email: email, Page: 1, Limit: 10})
				must(t, err)
				for _, o := range page.Orders {
					if len(o.Lines) != 1 || len(o.Entitlements) != 1 || len(o.Payments) != 1 || o.Lines[0].ID != o.Entitlements[0].LineID {
						t.Errorf("order %+v", o)
					}
				}
				if len(page.Orders) != orders {
					t.Errorf("%d orders, want %d", len(page.Orders), orders)
				}
			}))
		}
		one := count(1)
		for range 4 {
			storetest.MustPaidOrder(t, s, storetest.Starter)
		}
		if many := count(5); many > one {
			t.Errorf("%d statements for five orders, %d for one", many, one)
		}
	})
}
