package stripetest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// form reads the parameters of a request in Stripe's notation, such as
// line_items[0][price_data][currency]. It remembers the first thing that is
// wrong and which parameters were read: done tells both.
type form struct {
	values url.Values
	groups map[string]bool // every a and a[b] of a parameter a[b][c]
	known  map[string]bool
	err    *apiError
}

func newForm(values url.Values) *form {
	f := &form{values: values, groups: map[string]bool{}, known: make(map[string]bool, len(values))}
	for name := range values {
		for i, r := range name {
			if r == '[' {
				f.groups[name[:i]] = true
			}
		}
	}
	return f
}

// done returns the first bad parameter, or one that nobody asked about.
func (f *form) done() error {
	if f.err != nil {
		return f.err
	}
	var unknown []string
	for name := range f.values {
		if !f.known[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	name := slices.Min(unknown)
	return invalid(name, "Received unknown parameter: %s", name).with("parameter_unknown")
}

func (f *form) fail(err *apiError) {
	if f.err == nil {
		f.err = err
	}
}

func (f *form) text(name string) string {
	f.known[name] = true
	return f.values.Get(name)
}

func (f *form) required(name string) string {
	value := f.text(name)
	if value == "" {
		f.fail(missing(name))
	}
	return value
}

// choice returns one of the allowed values; the first is the default.
func (f *form) choice(name string, allowed ...string) string {
	value := f.text(name)
	if value == "" {
		return allowed[0]
	}
	if !slices.Contains(allowed, value) {
		f.fail(invalid(name, "Invalid %s: must be one of %s", name, strings.Join(allowed, ", ")))
	}
	return value
}

// number returns fallback if the parameter is not there.
func (f *form) number(name string, fallback int64) int64 {
	value := f.text(name)
	if value == "" {
		return fallback
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		f.fail(invalid(name, "Invalid integer: %s", value).with("parameter_invalid_integer"))
	}
	return n
}

func (f *form) flag(name string, fallback bool) bool {
	switch value := f.text(name); value {
	case "":
		return fallback
	case "true":
		return true
	case "false":
		return false
	default:
		f.fail(invalid(name, "Invalid boolean: %s", value))
		return fallback
	}
}

// webAddress returns a parameter that must be an absolute http or https URL.
func (f *form) webAddress(name string) string {
	value := f.text(name)
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		f.fail(invalid(name, "Not a valid URL").with("url_invalid"))
	}
	return value
}

// has says whether there is a parameter of this name or below it.
func (f *form) has(name string) bool { return f.groups[name] || f.values.Has(name) }

// list returns name[0], name[1], … or all of name[].
func (f *form) list(name string) []string {
	f.known[name+"[]"] = true
	list := slices.Clone(f.values[name+"[]"])
	for i := 0; ; i++ {
		item := name + "[" + strconv.Itoa(i) + "]"
		if !f.values.Has(item) {
			return list
		}
		list = append(list, f.text(item))
	}
}

// metadata reads the name[key]=value of a new object.
func (f *form) metadata(name string) metadata {
	return metadata{}.changedBy(f.metadataChanges(name))
}

// metadataChanges reads name[key]=value, within Stripe's limits. An empty value
// removes its key.
func (f *form) metadataChanges(name string) metadata {
	data := metadata{}
	f.known[name] = true // metadata= empties it
	if !f.groups[name] {
		return data
	}
	for param, values := range f.values {
		key, ok := strings.CutPrefix(param, name+"[")
		if !ok {
			continue
		}
		f.known[param] = true
		key = strings.TrimSuffix(key, "]")
		switch value := values[0]; {
		case len(key) > 40:
			f.fail(invalid(param, "Metadata keys can have up to 40 characters."))
		case len([]rune(value)) > 500:
			f.fail(invalid(param, "Metadata values can have up to 500 characters."))
		default:
			data[key] = value
		}
	}
	if len(data) > 50 {
		f.fail(invalid(name, "You can have up to 50 metadata keys."))
	}
	return data
}

// ignore accepts parameters, and all below them, that change nothing here.
func (f *form) ignore(names ...string) {
	for _, name := range names {
		f.known[name] = true
		if !f.groups[name] {
			continue
		}
		for param := range f.values {
			if strings.HasPrefix(param, name+"[") {
				f.known[param] = true
			}
		}
	}
}

// refuse answers plainly to parameters that Stripe has and the simulator has
// not, because to ignore them would be to lie.
func (f *form) refuse(names ...string) {
	for _, name := range names {
		if f.has(name) {
			f.fail(invalid(name, "The Stripe simulator does not play the parameter %s.", name))
		}
	}
}

// span is a condition on a time, as in created[gte]=….
type span struct{ from, to int64 } // both included

func (s span) holds(t int64) bool { return s.from <= t && t <= s.to }

func (f *form) span(name string) span {
	if exact := f.number(name, -1); exact >= 0 {
		return span{exact, exact}
	}
	return span{
		from: max(f.number(name+"[gte]", 0), f.number(name+"[gt]", -1)+1),
		to:   min(f.number(name+"[lte]", never), f.number(name+"[lt]", never)-1),
	}
}
