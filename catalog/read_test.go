package catalog_test

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"bookroom/catalog"
	"bookroom/shop"
)

// The product that the tests below break in one place each. Its lines are counted by them.
const handbook = `---
kind: handbook
status: published
title: Advisory
subtitle: The heart of the day
summary: How to lead one.
language: en
authors: [Big Picture Learning]
distinguishers: [advisory]
goals: [communication]
tags: [circle]
licences:
  individual: 38.00 usd
  school: 190 usd
edition:
  number: 2
  date: 2026-09-01
  notes: A new sheet.
files: [extra.zip]
accessibility: [The text can be searched.]
---
What it is *for*.
`

const bundle = `---
kind: bundle
status: published
title: Set
summary: All of it.
language: en
authors: [Big Picture Learning]
licences:
  individual: 60.00 usd
includes: [advisory]
---
All of it.
`

const text = "# One\n\nText.\n\n## Two\n\nMore.\n"

// whole is a catalog in which nothing is wrong.
func whole() fstest.MapFS {
	return fstest.MapFS{
		"README.md":            {Data: []byte("not a product")},
		"advisory/product.md":  {Data: []byte(handbook)},
		"advisory/handbook.md": {Data: []byte(text)},
		"advisory/extra.zip":   {Data: []byte("PK\x03\x04")},
		"advisory/.DS_Store":   {Data: []byte("left by a desktop")},
		"set/product.md":       {Data: []byte(bundle)},
	}
}

// edited is the whole catalog with one text in one file replaced, and with more files, by name and content.
func edited(file, old, new string, more ...string) fstest.MapFS {
	files := whole()
	files[file] = &fstest.MapFile{Data: []byte(strings.Replace(string(files[file].Data), old, new, 1))}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
	}
	return files
}

func without(files fstest.MapFS, names ...string) fstest.MapFS {
	maps.DeleteFunc(files, func(name string, _ *fstest.MapFile) bool { return slices.Contains(names, name) })
	return files
}

func fillableWithoutText() fstest.MapFS {
	files := edited("advisory/product.md", "tags:", "fillable: true\ntags:")
	delete(files, "advisory/handbook.md")
	return files
}

func with(name, content string) fstest.MapFS {
	files := whole()
	files[name] = &fstest.MapFile{Data: []byte(content)}
	return files
}

func TestReadTellsWhatIsWrongByFileAndLine(t *testing.T) {
	t.Parallel()
	const product = "advisory/product.md"
	for name, c := range map[string]struct {
		catalog fstest.MapFS
		want    string
	}{
		"price with a comma":        {edited(product, "38.00 usd", `"38,5"`), `advisory/product.md:13: price "38,5" is not an amount such as 38.00 usd`},
		"price without currency":    {edited(product, "38.00 usd", "38.00"), `advisory/product.md:13: price "38.00" is not an amount such as 38.00 usd`},
		"price below a cent":        {edited(product, "38.00 usd", "38.001 usd"), `advisory/product.md:13: price "38.001 usd" is not an amount such as 38.00 usd`},
		"negative price":            {edited(product, "38.00 usd", "-1.00 usd"), `advisory/product.md:13: price "-1.00 usd" is not an amount such as 38.00 usd`},
		"price too large":           {edited(product, "38.00 usd", "99999999999.00 usd"), `advisory/product.md:13: price "99999999999.00 usd" is more than can be charged`},
		"suggested below the price": {edited(product, "38.00 usd", "{price: 38.00 usd, suggested: 38.00 usd}"), `advisory/product.md:13: suggested "38.00 usd": The suggested amount is not more than the price.`},
		"suggested in other money":  {edited(product, "38.00 usd", "{price: 38.00 usd, suggested: 50.00 eur}"), `advisory/product.md:13: suggested "50.00 eur": The suggested amount is in another currency than the price.`},
		"suggested too little":      {edited(product, "38.00 usd", "{price: 0 usd, suggested: 0.50 usd}"), `advisory/product.md:13: suggested "0.50 usd": The suggested amount is less than can be charged, or too far above the price.`},
		"suggested too much":        {edited(product, "38.00 usd", "{price: 38 usd, suggested: 99999.00 usd}"), `advisory/product.md:13: suggested "99999.00 usd": The suggested amount is less than can be charged, or too far above the price.`},
		"suggested without number":  {edited(product, "38.00 usd", "{price: 38 usd, suggested: much}"), `advisory/product.md:13: suggested "much" is not an amount such as 38.00 usd`},
		"suggested without price":   {edited(product, "38.00 usd", "{suggested: 50 usd}"), `advisory/product.md:13: price is missing`},
		"another term of a licence": {edited(product, "38.00 usd", "{price: 38 usd, maximum: 50 usd}"), `advisory/product.md:13: a licence has price and suggested, not maximum`},
		"two currencies":            {edited(product, "190 usd", "190 eur"), `advisory/product.md:14: price "190.00 eur" is in another currency than the licence before`},
		"unknown licence":           {edited(product, "school:", "district:"), `advisory/product.md:14: licence "district" is not individual or school`},
		"no licences":               {edited(product, "licences:\n  individual: 38.00 usd\n  school: 190 usd\n", ""), `advisory/product.md: licences is missing`},
		"licences not a mapping":    {edited(product, "licences:\n  individual: 38.00 usd\n  school: 190 usd\n", "licences: free\n"), `advisory/product.md:12: licences must be lines such as "individual: 38.00 usd"`},
		"unknown distinguisher":     {edited(product, "[advisory]", "[advisery]"), `advisory/product.md:9: distinguisher "advisery" is not one of lti, personal, assessment, organization, advisory, culture, leadership, family, college, development`},
		"unknown goal":              {edited(product, "[communication]", "[talking]"), `advisory/product.md:10: goal "talking" is not one of empirical-reasoning, quantitative-reasoning, communication, social-reasoning, personal-qualities`},
		"a tag twice":               {edited(product, "[circle]", "[circle, circle]"), `advisory/product.md:11: tag "circle" is given twice`},
		"a text for a list":         {edited(product, "[circle]", "circle"), `advisory/product.md:11: tags must be a list such as [first, second]`},
		"a list for a text":         {edited(product, "title: Advisory", "title: [Advisory]"), `advisory/product.md:4: title must be a text`},
		"empty title":               {edited(product, "title: Advisory", "title:"), `advisory/product.md:4: title must be a text`},
		"title missing":             {edited(product, "title: Advisory\n", ""), `advisory/product.md: title is missing`},
		"title twice":               {edited(product, "kind: handbook", "kind: handbook\ntitle: Other"), `advisory/product.md:5: title is given twice`},
		"title not printable":       {edited(product, "title: Advisory", "title: Advisory 中"), `advisory/product.md:4: title cannot be printed: the handbook's typefaces have no character '中' (U+4E2D)`},
		"unknown field":             {edited(product, "subtitle:", "subtitel:"), `advisory/product.md:5: subtitel is not a fact that a product has`},
		"unknown status":            {edited(product, "published", "live"), `advisory/product.md:3: status "live" is not draft, published or archived`},
		"unknown kind":              {edited("set/product.md", "kind: bundle", "kind: box"), `set/product.md:2: kind "box" is not handbook or bundle`},
		"language":                  {edited(product, "language: en", "language: English!"), `advisory/product.md:7: language "English!" is not a tag such as en or es-MX`},
		"edition missing":           {edited(product, "edition:\n  number: 2\n  date: 2026-09-01\n  notes: A new sheet.\n", ""), `advisory/product.md: edition is missing`},
		"edition number":            {edited(product, "number: 2", "number: 0"), `advisory/product.md:16: edition number "0" is not a whole number from 1 on`},
		"edition without number":    {edited(product, "  number: 2\n", ""), `advisory/product.md:16: edition number is missing`},
		"edition date":              {edited(product, "2026-09-01", "2026-09-31"), `advisory/product.md:17: edition date "2026-09-31" is not a day such as 2026-09-01`},
		"edition date as words":     {edited(product, "2026-09-01", "September"), `advisory/product.md:17: edition date "September" is not a day such as 2026-09-01`},
		"edition without date":      {edited(product, "  date: 2026-09-01\n", ""), `advisory/product.md:16: edition date is missing`},
		"edition fact":              {edited(product, "notes:", "note:"), `advisory/product.md:18: edition has number, date and notes, not note`},
		"file missing":              {without(whole(), "advisory/extra.zip"), `advisory/product.md:19: file "extra.zip" is missing`},
		"file empty":                {with("advisory/extra.zip", ""), `advisory/product.md:19: file "extra.zip" is empty`},
		"file of another kind":      {with("advisory/extra.zip", "nope"), `advisory/product.md:19: file "extra.zip" does not begin as a .zip file does`},
		"file elsewhere":            {edited(product, "[extra.zip]", "[../set/product.md, extra.zip]"), `advisory/product.md:19: file "../set/product.md" must lie in the product's own folder`},
		"file of unknown kind":      {edited(product, "[extra.zip]", "[extra.zip, a.exe]"), `advisory/product.md:19: file "a.exe" is of an unknown kind; known are .pdf, .epub, .docx, .xlsx, .pptx, .odt, .rtf, .txt, .csv, .zip, .mp3, .mp4`},
		"file named as the PDF":     {edited(product, "[extra.zip]", "[extra.zip, advisory.pdf]"), `advisory/product.md:19: file "advisory.pdf" is the catalog's own`},
		"file named as the EPUB":    {edited(product, "[extra.zip]", "[extra.zip, advisory.epub]\nformats: [pdf, epub]", "advisory/advisory.epub", "PK"), `advisory/product.md:19: file "advisory.epub" is the catalog's own`},
		"file named as the archive": {edited(product, "[extra.zip]", "[extra.zip, advisory-more.zip]\narchive: more", "advisory/advisory-more.zip", "PK", "advisory/more/a.txt", "A"), `advisory/product.md:19: file "advisory-more.zip" is the catalog's own`},
		"unknown format":            {edited(product, "tags: [circle]", "formats: [pdf, mobi]"), `advisory/product.md:11: format "mobi" is not pdf or epub`},
		"formats without pdf":       {edited(product, "tags: [circle]", "formats: [epub]"), `advisory/product.md:11: formats must name pdf, from which the contents and the number of pages come`},
		"formats as a text":         {edited(product, "tags: [circle]", "formats: epub"), `advisory/product.md:11: formats must be a list such as [first, second]`},
		"formats of no text":        {without(edited(product, "tags: [circle]", "formats: [pdf]"), "advisory/handbook.md"), `advisory/product.md:11: formats need a handbook.md to be made of`},
		"archive missing":           {edited(product, "tags: [circle]", "archive: more"), `advisory/product.md:11: archive "more" is missing; make a folder of that name`},
		"archive is a file":         {edited(product, "tags: [circle]", "archive: more", "advisory/more", "A"), `advisory/product.md:11: archive "more" is missing; make a folder of that name`},
		"archive elsewhere":         {edited(product, "tags: [circle]", "archive: ../set"), `advisory/product.md:11: archive "../set" is not a folder's name of small letters, digits and single hyphens`},
		"archive without files":     {edited(product, "tags: [circle]", "archive: more", "advisory/more/.keep", "A"), `advisory/product.md:11: archive "more" has no files`},
		"archive not named":         {with("advisory/more/a.txt", "A"), `advisory/more: the file is not used; name it under "files" or take it away`},
		"archive in an archive":     {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.txt/b.txt", "B"), `advisory/product.md:11: archive file "more/a.txt" is missing`},
		"archived file empty":       {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.md", ""), `advisory/product.md:11: archive file "more/a.md" is empty`},
		"archived file of a kind":   {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.docx", "A"), `advisory/product.md:11: archive file "more/a.docx" does not begin as a .docx file does`},
		"archived file's name":      {edited(product, "tags: [circle]", "archive: more", "advisory/more/a:b.txt", "A"), `advisory/product.md:11: archive file "more/a:b.txt" must be named with the letters A to Z, digits, spaces, ".", "-" and "_" only`},
		"archived file's text":      {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.md", "# A\n\n<b>\n"), `advisory/more/a.md:3: HTML cannot be printed`},
		"two archived of a name":    {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.md", "# A\n", "advisory/more/A.pdf", "%PDF-1"), `advisory/product.md:11: archive "more" would hold two files named "a.pdf"`},
		"archive too large":         {edited(product, "tags: [circle]", "archive: more", "advisory/more/a.txt", strings.Repeat("a", 32<<20+1)), `advisory/product.md:11: archive "more" holds more than 32 MB`},
		"earlier editions":          {edited(product, "tags: [circle]", "earlier_editions: 1"), `advisory/product.md:11: earlier_editions must be a list such as [{number: 1, date: 2024-09-02, notes: First edition.}]`},
		"earlier edition":           {edited(product, "tags: [circle]", "earlier_editions: [1]"), `advisory/product.md:11: earlier edition must have a number and a date`},
		"earlier edition's date":    {edited(product, "tags: [circle]", "earlier_editions: [{number: 1, notes: First.}]"), `advisory/product.md:11: earlier edition date is missing`},
		"earlier edition's fact":    {edited(product, "tags: [circle]", "earlier_editions: [{number: 1, date: 2025-09-01, files: []}]"), `advisory/product.md:11: earlier edition has number, date and notes, not files`},
		"earlier edition is newest": {edited(product, "tags: [circle]", "earlier_editions:\n- {number: 1, date: 2025-09-01}\n- {number: 2, date: 2025-09-02}"), `advisory/product.md:13: edition 2 is given twice`},
		"earlier edition is newer":  {edited(product, "tags: [circle]", "earlier_editions: [{number: 3, date: 2025-09-01}]"), `advisory/product.md:11: earlier edition 3 is not earlier than edition 2`},
		"earlier edition is later":  {edited(product, "tags: [circle]", "earlier_editions: [{number: 1, date: 2026-09-02}]"), `advisory/product.md:11: earlier edition 1 has a later date than edition 2`},
		"earlier edition twice":     {edited(product, "tags: [circle]", "earlier_editions:\n- {number: 1, date: 2025-09-01}\n- {number: 1, date: 2025-09-01}"), `advisory/product.md:13: edition 1 is given twice`},
		"a bundle with an archive":  {edited("set/product.md", "includes:", "archive: more\nincludes:", "set/more/a.txt", "A"), `set/product.md:10: archive is not for a bundle`},
		"file not named":            {with("advisory/handbok.md", text), `advisory/handbok.md: the file is not used; name it under "files" or take it away`},
		"no text, no files":         {edited(product, "files: [extra.zip]\n", ""), `advisory/extra.zip: the file is not used; name it under "files" or take it away`},
		"included product":          {edited("set/product.md", "[advisory]", "[advisory, lti]"), `set/product.md:10: includes "lti", which is not in the catalog`},
		"includes itself":           {edited("set/product.md", "[advisory]", "[advisory, set]"), `set/product.md:10: includes "set", which is a bundle itself`},
		"includes a draft":          {edited(product, "published", "draft"), `set/product.md:10: is published and includes "advisory", which is a draft`},
		"includes nothing":          {edited("set/product.md", "[advisory]", "[]"), `set/product.md:10: includes names no handbook`},
		"includes twice":            {edited("set/product.md", "[advisory]", "[advisory, advisory]"), `set/product.md:10: included "advisory" is given twice`},
		"a handbook that includes":  {edited(product, "tags: [circle]", "includes: [set]"), "advisory/product.md:11: includes is not for a handbook\nadvisory/product.md:11: includes \"set\", which is a bundle itself"},
		"samples of a bundle":       {edited("set/product.md", "includes:", "look_inside: [3]\nincludes:"), `set/product.md:10: look_inside is not for a bundle`},
		"a sample twice":            {edited(product, "tags:", "look_inside: [3, 5, 3]\ntags:"), `advisory/product.md:11: page "3" is given twice`},
		"a sample without number":   {edited(product, "tags:", "look_inside: [cover]\ntags:"), `advisory/product.md:11: page "cover" is not a whole number from 1 on`},
		"too many samples":          {edited(product, "tags:", "look_inside: [1, 2, 3, 4, 5, 6, 7]\ntags:"), `advisory/product.md:11: look_inside names 7 pages; at most 6 are shown`},
		"a bundle with an edition":  {edited("set/product.md", "includes:", "pages: 3\nincludes:"), `set/product.md:10: pages is not for a bundle`},
		"fillable, perhaps":         {edited(product, "tags:", "fillable: maybe\ntags:"), `advisory/product.md:11: fillable "maybe" is not true or false`},
		"a fillable bundle":         {edited("set/product.md", "includes:", "fillable: true\nincludes:"), `set/product.md:10: fillable is not for a bundle`},
		"fillable without text":     {fillableWithoutText(), `advisory/product.md: fillable is for a handbook with handbook.md`},
		"a bundle with a text":      {with("set/handbook.md", text), `set/handbook.md: a bundle has no text of its own`},
		"no facts":                  {with("set/product.md", "All of it.\n"), `set/product.md:1: the facts must stand at the top, between two lines of "---"`},
		"empty facts":               {with("set/product.md", "---\n---\nAll of it.\n"), `set/product.md:1: the facts must be lines such as "title: …"`},
		"broken YAML":               {edited(product, "tags: [circle]", "tags: [circle"), `advisory/product.md:11: did not find expected ',' or ']'`},
		"no description":            {edited("set/product.md", "---\nAll of it.\n", "---\n"), `set/product.md: the description is missing; write it below the facts`},
		"not UTF-8":                 {edited("advisory/handbook.md", "More.", "Caf\xe9."), `advisory/handbook.md:7: the line is not UTF-8 text`},
		"product.md missing":        {with("empty/handbook.md", text), `empty/product.md: the file is missing`},
		"no products":               {fstest.MapFS{"README.md": {Data: []byte("empty")}}, `.: the catalog has no folders; make one for each product, with a product.md in it`},
		"folder name":               {with("My Set/product.md", bundle), `My Set: the folder's name must be of small letters, digits and single hyphens`},
		"handbook without chapter":  {with("advisory/handbook.md", "Text.\n"), `advisory/handbook.md:1: text stands before the first chapter; start one with "# Title"`},
		"handbook with a picture":   {with("advisory/handbook.md", text+"\n![A dog](dog.png)\n"), `advisory/handbook.md:9: a picture cannot be printed`},
		"handbook with odd letters": {with("advisory/handbook.md", text+"\nGood\nday ☺\n"), `advisory/handbook.md:10: the handbook's typefaces have no character '☺' (U+263A)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, err := catalog.Read(c.catalog)
			if entries != nil {
				t.Errorf("%d entries were returned beside the error", len(entries))
			}
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestReadCollectsEveryProblem(t *testing.T) {
	t.Parallel()
	broken := edited("advisory/product.md", "38.00 usd", "cheap")
	broken["advisory/handbook.md"] = &fstest.MapFile{Data: []byte("# One\n\n<b>Two</b>\n\n```\nthree\n```\n")}
	broken["set/product.md"] = &fstest.MapFile{Data: []byte(strings.Replace(bundle, "language: en\n", "", 1))}

	_, err := catalog.Read(broken)
	want := `advisory/product.md:13: price "cheap" is not an amount such as 38.00 usd
advisory/handbook.md:3: HTML cannot be printed
advisory/handbook.md:5: a code block cannot be printed
set/product.md: language is missing`
	var problems catalog.Problems
	if !errors.As(err, &problems) || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func TestReadGivesWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	entries, err := catalog.Read(whole())
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Product.Slug != "advisory" || entries[1].Product.Slug != "set" {
		t.Fatalf("got %d entries", len(entries))
	}
	p := entries[0].Product
	if p.Title != "Advisory" || p.Status != shop.Published || p.Description != "What it is *for*." {
		t.Errorf("got %+v", p)
	}
	want := []shop.Variant{
		{Kind: shop.Individual, SKU: "advisory-individual", Price: shop.Money{Amount: 3800, Currency: "usd"}},
		{Kind: shop.SchoolLicence, SKU: "advisory-school", Price: shop.Money{Amount: 19000, Currency: "usd"}},
	}
	if !slices.Equal(p.Variants, want) {
		t.Errorf("variants are %+v, want %+v", p.Variants, want)
	}
	if e := p.Edition(); e.Number != 2 || e.PublishedAt.Format("2006-01-02") != "2026-09-01" || e.Notes != "A new sheet." {
		t.Errorf("edition is %+v", e)
	}
	if !slices.Equal(entries[1].Includes, []string{"advisory"}) {
		t.Errorf("the set includes %v", entries[1].Includes)
	}
}

func TestReadTakesWhatEditorsLeave(t *testing.T) {
	t.Parallel()
	files := whole()
	for name, f := range files {
		if strings.HasSuffix(name, ".md") {
			f.Data = []byte("\uFEFF" + strings.ReplaceAll(string(f.Data), "\n", "\r\n"))
		}
	}
	if _, err := catalog.Read(files); err != nil {
		t.Errorf("byte order mark and CRLF: %v", err)
	}
}

func TestDraftNeedsNoEditionYet(t *testing.T) {
	t.Parallel()
	draft := strings.NewReplacer("published", "draft", "edition:\n  number: 2\n  date: 2026-09-01\n  notes: A new sheet.\nfiles: [extra.zip]\n", "").Replace(handbook)
	entries, err := load(fstest.MapFS{"advisory/product.md": {Data: []byte(draft)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Product.Edition() != nil || len(entries[0].Bodies) != 0 {
		t.Errorf("got %+v", entries)
	}
}

func TestHandbookOfReadyMadeFiles(t *testing.T) {
	t.Parallel()
	files := edited("advisory/product.md", "tags:", "pages: 48\ntags:")
	delete(files, "advisory/handbook.md")
	entries, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	p := entries[0].Product
	if p.Pages != 48 || len(p.Edition().Files) != 1 {
		t.Errorf("got %d pages and %d files, want 48 and 1", p.Pages, len(p.Edition().Files))
	}
	if f := p.Edition().Files[0]; f.Size != 4 || f.ContentType != "application/zip" || f.SHA256 != "8dcc7e601606217f3b754766511182a916b17e9a26a94c9d887104eba92e9bb2" {
		t.Errorf("got %+v", f)
	}
}

// A catalog comes from outside: whatever stands in it, reading ends with entries or with problems.
func FuzzRead(f *testing.F) {
	f.Add([]byte(handbook), []byte(text))
	f.Add([]byte(bundle), []byte("> - | a |\n|---|\n"))
	f.Add([]byte("---\n? [a]: b\n---\n"), []byte("[a]: b\n***\n"))
	made := "formats: [pdf, epub]\nearlier_editions: [{number: 1, date: 2025-09-01}]\narchive: a.zip\nfiles: [a.epub]"
	f.Add([]byte(strings.Replace(handbook, "files: [extra.zip]", made, 1)), []byte("# A\n\n- [ ] <a@b.c> [d](e:f)\n"))
	f.Add([]byte(strings.Replace(handbook, "files: [extra.zip]", "formats: [pdf, epub]", 1)), []byte("# A &amp;\n\n[d](https://e?f&g)\\\n1) > ## h\n"))
	f.Fuzz(func(t *testing.T, product, text []byte) {
		files := fstest.MapFS{"a/product.md": {Data: product}, "a/handbook.md": {Data: text}}
		entries, err := load(files)
		var problems catalog.Problems
		switch {
		case err != nil && entries != nil:
			t.Error("entries beside an error")
		case err == nil && len(entries) != 1:
			t.Errorf("%d entries of one folder", len(entries))
		case errors.As(err, &problems):
			for _, p := range problems {
				if info, err := fs.Stat(files, p.File); err != nil || info.IsDir() {
					t.Errorf("%s: names no file", p)
				}
			}
		}
	})
}

// load reads a catalog and prints its handbooks.
func load(folder fs.FS) ([]shop.CatalogEntry, error) {
	entries, err := catalog.Read(folder)
	if err != nil {
		return nil, err
	}
	return catalog.Render(entries)
}
