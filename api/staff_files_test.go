package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/shop"
)

func fileTypes() map[string]any {
	return map[string]any{
		"UploadRequest": uploadRequest{}, "Upload": upload{}, "PartsRequest": partsRequest{}, "PartLinks": partLinks{}, "PartLink": partLink{},
		"CompleteRequest": completeRequest{}, "EditionDraft": editionDraft{}, "DraftFile": draftFile{}, "Inspection": inspection{},
		"EditionDraftRequest": draftRequest{}, "PublishRequest": publishRequest{}, "PublishedEdition": publishedEdition{}, "Notice": notice{},
		"NoticeRequest": noticeRequest{}, "Finding": finding{},
	}
}

// staffAsks sends a request about files as somebody who edits the catalog.
func (w *world) staffAsks(t *testing.T, method, path, body string) answered {
	t.Helper()
	return w.send(t, request{method: method, path: StaffRoot + path, body: body, header: w.as(t, shop.RoleCatalog)})
}

// beginning asks to send these bytes under that name.
func beginning(name string, body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf(`{"name": %q, "size": %d, "first_sha256": "%x"}`, name, len(body), sum)
}

// uploaded sends a file to the advisory handbook and has it checked and looked into.
func (w *world) uploaded(t *testing.T, name string, body []byte) upload {
	t.Helper()
	u := mustRead[upload](t, w.staffAsks(t, "POST", "/products/"+advisory+"/uploads", beginning(name, body)))
	links := mustRead[partLinks](t, w.staffAsks(t, "POST", "/uploads/"+u.ID+"/parts", `{"numbers": [1]}`))
	put, err := http.NewRequestWithContext(t.Context(), http.MethodPut, links.Parts[0].URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(put)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, got.Body)
	if err := errors.Join(err, got.Body.Close()); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("the bucket answers %s, %v", got.Status, err)
	}
	sum := sha256.Sum256(body)
	checksums, err := json.Marshal(completeRequest{[]string{hex.EncodeToString(sum[:])}})
	if err != nil {
		t.Fatal(err)
	}
	if closed := mustRead[upload](t, w.staffAsks(t, "POST", "/uploads/"+u.ID+"/complete", string(checksums))); closed.State != shop.UploadChecking {
		t.Fatalf("%+v", closed)
	}
	w.checkUploads(t)
	return mustRead[upload](t, w.staffAsks(t, "GET", "/uploads/"+u.ID, ""))
}

// checkUploads does the jobs of uploads. PDFs are found to be good without being read.
func (w *world) checkUploads(t *testing.T) {
	t.Helper()
	look := func(ctx context.Context, j shop.Job) error {
		return w.store.SaveInspection(ctx, j.Subject, shop.Inspection{Pages: 3, Tagged: true, InspectedAt: time.Now()})
	}
	do := map[shop.JobKind]func(context.Context, shop.Job) error{shop.JobCheckUpload: w.api.Shop.CheckUpload, shop.JobInspect: look}
	for _, kind := range []shop.JobKind{shop.JobCheckUpload, shop.JobInspect} {
		jobs, err := w.store.ClaimJobs(t.Context(), time.Now().Add(time.Hour), 10, time.Hour, kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range jobs {
			if err := errors.Join(do[kind](t.Context(), job), w.store.FinishJob(t.Context(), job, time.Now())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnEditionIsMadeOverTheAPI(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	order := w.bought(t, advisory)
	if u := w.uploaded(t, advisory+".pdf", []byte("%PDF- third edition")); u.State != shop.UploadDone || u.Problem != nil {
		t.Fatalf("%+v", u)
	}
	const address = "/products/" + advisory + "/edition"
	d := mustRead[editionDraft](t, w.staffAsks(t, "GET", address, ""))
	if d.Number != 3 || len(d.Files) != 1 || d.Files[0].Inspection == nil || d.Files[0].Inspection.Pages != 3 || len(d.Obstacles) != 1 {
		t.Fatalf("%+v", d)
	}
	d = mustRead[editionDraft](t, w.staffAsks(t, "PUT", address, `{"version": 0, "notes": "All new.", "look_inside": [2]}`))
	if d.Version != 1 || d.Notes != "All new." || !slices.Equal(d.LookInside, []int{2}) || len(d.Obstacles) != 0 {
		t.Fatalf("%+v", d)
	}
	e := mustRead[publishedEdition](t, w.staffAsks(t, "POST", address+"/publish", `{"fingerprint": "`+d.Fingerprint+`"}`))
	if e.Number != 3 || !slices.Equal(e.Files, []string{advisory + ".pdf"}) {
		t.Errorf("%+v", e)
	}
	shown := mustRead[product](t, w.send(t, request{method: "GET", path: "/api/v1/products/" + advisory}))
	if len(shown.PDFFindings) != 5 || !shown.PDFFindings[0].Good || shown.PDFFindings[2].Good {
		t.Errorf("the handbook's page says %+v", shown.PDFFindings)
	}
	item := w.read(t, order.OrderToken).Items[0]
	if len(item.Files) != 1 || item.Files[0].Edition != 3 || len(item.BoughtFiles) != 1 || item.BoughtFiles[0].Edition != 2 {
		t.Errorf("the buyer has %+v and %+v", item.Files, item.BoughtFiles)
	}
	if got := w.send(t, take(order.OrderToken, item.BoughtFiles[0].ID)); got.status != http.StatusCreated {
		t.Errorf("the edition that was bought: %d %s", got.status, got.body)
	}
	const notices = "/products/" + advisory + "/notice"
	n := mustRead[notice](t, w.staffAsks(t, "GET", notices, ""))
	if n.State != "none" || n.Owners != 1 || n.Number != 3 {
		t.Errorf("%+v", n)
	}
	for _, turn := range []struct {
		action string
		want   shop.NoticeState
	}{{"start", shop.NoticeSending}, {"pause", shop.NoticePaused}, {"resume", shop.NoticeSending}} {
		if n = mustRead[notice](t, w.staffAsks(t, "POST", notices, `{"action": "`+turn.action+`"}`)); n.State != turn.want || n.Waiting != 1 {
			t.Errorf("%s: %+v", turn.action, n)
		}
	}
}

func TestAnUploadIsGivenUpOverTheAPI(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	u := mustRead[upload](t, w.staffAsks(t, "POST", "/products/"+advisory+"/uploads", beginning("a.pdf", []byte("x"))))
	for range 2 {
		if got := mustRead[upload](t, w.staffAsks(t, "DELETE", "/uploads/"+u.ID, "")); got.State != shop.UploadEnded {
			t.Errorf("%+v", got)
		}
	}
}

func fileProblems() map[string]func(*testing.T, *world) answered {
	begin := func(t *testing.T, w *world) string {
		t.Helper()
		return mustRead[upload](t, w.staffAsks(t, "POST", "/products/"+advisory+"/uploads", beginning("a.pdf", []byte("x")))).ID
	}
	sum := strings.Repeat("a", 64)
	return map[string]func(*testing.T, *world) answered{
		"upload_not_found": func(t *testing.T, w *world) answered { return w.staffAsks(t, "GET", "/uploads/nothing", "") },
		"upload_closed": func(t *testing.T, w *world) answered {
			id := begin(t, w)
			w.staffAsks(t, "DELETE", "/uploads/"+id, "")
			return w.staffAsks(t, "POST", "/uploads/"+id+"/parts", `{"numbers": [1]}`)
		},
		"parts_at_once": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "POST", "/uploads/"+begin(t, w)+"/parts", `{"numbers": []}`)
		},
		"no_such_part": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "POST", "/uploads/"+begin(t, w)+"/parts", `{"numbers": [2]}`)
		},
		"checksums_wrong": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "POST", "/uploads/"+begin(t, w)+"/complete", `{"checksums": []}`)
		},
		"parts_missing": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "POST", "/uploads/"+begin(t, w)+"/complete", `{"checksums": ["`+sum+`"]}`)
		},
		"not_a_handbook": func(t *testing.T, w *world) answered {
			w.mustImport(t, bundle("both-of-them", shop.Money{Amount: 100, Currency: "usd"}, advisory))
			return w.staffAsks(t, "GET", "/products/both-of-them/edition", "")
		},
		"draft_changed": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "PUT", "/products/"+advisory+"/edition", `{"version": 7, "notes": "", "look_inside": []}`)
		},
		"draft_not_ready": func(t *testing.T, w *world) answered {
			d := mustRead[editionDraft](t, w.staffAsks(t, "GET", "/products/"+advisory+"/edition", ""))
			return w.staffAsks(t, "POST", "/products/"+advisory+"/edition/publish", `{"fingerprint": "`+d.Fingerprint+`"}`)
		},
		"no_edition": func(t *testing.T, w *world) answered {
			empty := handbook("empty")
			empty.Product.Status, empty.Product.Editions, empty.Bodies = shop.Draft, nil, nil
			w.mustImport(t, empty)
			return w.staffAsks(t, "GET", "/products/empty/notice", "")
		},
		"first_edition": func(t *testing.T, w *world) answered {
			first := handbook("first", shop.Money{Amount: 100, Currency: "usd"})
			first.Product.Editions[0].Number = 1
			w.mustImport(t, first)
			return w.staffAsks(t, "POST", "/products/first/notice", `{"action": "start"}`)
		},
		"no_owners": func(t *testing.T, w *world) answered {
			return w.staffAsks(t, "POST", "/products/"+advisory+"/notice", `{"action": "start"}`)
		},
	}
}
