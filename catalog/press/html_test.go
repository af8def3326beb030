package press_test

import "testing"

func TestChaptersSayWhatTheTextSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ markdown, want string }{
		"paragraph":        {"One *two* **three** ***four***", "<p>One <em>two</em> <strong>three</strong> <strong><em>four</em></strong></p>"},
		"signs":            {`A \< B &amp; "C"`, "<p>A &lt; B &amp; “C”</p>"},
		"line end":         {"One\\\ntwo\nthree", "<p>One<br/>two three</p>"},
		"link":             {"[a](https://example.org/?b=1&c=2)", `<p><a href="https://example.org/?b=1&amp;c=2">a</a></p>`},
		"mail":             {"<a@example.org>", `<p><a href="mailto:a@example.org">a@example.org</a></p>`},
		"link to nothing":  {"[a](other.html) [b](#c) [d](javascript:alert)", "<p>a b d</p>"},
		"bullets":          {"- one\n- two\n  - three", "<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>"},
		"numbers":          {"1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"},
		"numbers from 4":   {"4. four", `<ol start="4"><li>four</li></ol>`},
		"long item":        {"- one\n\n  two", "<ul><li>one<p>two</p></li></ul>"},
		"tasks":            {"- [ ] one", `<ul><li class="task">☐ one</li></ul>`},
		"table":            {"| a | b |\n|---|---|\n| c | d |", `<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody></table>`},
		"form":             {"| a | b |\n|---|---|\n| c |  |", `<table><thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><th scope="row">c</th><td class="blank"></td></tr></tbody></table>`},
		"rows with heads":  {"| | b |\n|---|---|\n| c | d |", `<table><thead><tr><td></td><th scope="col">b</th></tr></thead><tbody><tr><th scope="row">c</th><td>d</td></tr></tbody></table>`},
		"table of nothing": {"| | b |\n|---|---|", `<table><thead><tr><td></td><th scope="col">b</th></tr></thead></table>`},
		"quote":            {"> one\n>\n> two", "<blockquote><p>one</p><p>two</p></blockquote>"},
		"blank":            {"___", `<hr class="blank"/>`},
		"passage":          {"### one", "<h3>one</h3>"},
		"title in a quote": {"> # one", "<blockquote><h2>one</h2></blockquote>"},
		"sections":         {"## one\n\n## two", `<h2 id="s1">one</h2><h2 id="s2">two</h2>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chapters := MustRead(t, "# A\n\n"+c.markdown+"\n").Chapters()
			if len(chapters) != 1 {
				t.Fatalf("%d chapters", len(chapters))
			}
			if got := string(chapters[0].HTML); got != "<h1>A</h1>"+c.want {
				t.Errorf("got  %s\nwant %s", got, "<h1>A</h1>"+c.want)
			}
		})
	}
}

func TestChaptersStandAsInTheContents(t *testing.T) {
	t.Parallel()
	chapters := MustRead(t, "# One *and*\n\n## Two\n\nText.\n\n> ## Three\n\n# Four\n\n# Five\n\n## Six\n").Chapters()
	got := ""
	for _, c := range chapters {
		got += "/" + c.Title
		for _, s := range c.Sections {
			got += " " + s.ID + "=" + s.Title
		}
	}
	if want := "/One and s1=Two s2=Three/Four/Five s1=Six"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
