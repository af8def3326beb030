package staff

import "strings"

// inputField is a labelled input as the template of that name draws it.
type inputField struct {
	Name, Label, Value string
	Type               string
	Hint               string
	Autocomplete       string
	MaxLength          string
	Mode               string // the keyboard that a phone shows: numeric, email
	Class              string
	Wrong              string
	Required           bool
}

// Describes names what tells more of the field.
func (f inputField) Describes() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-h")
	}
	if f.Wrong != "" {
		ids = append(ids, f.Name+"-e")
	}
	return strings.Join(ids, " ")
}

// input makes a field of a page's form. Further settings are written as name=value: type, hint, autocomplete,
// maxlength, mode, class, and the word required.
func input(page interface{ Wrong(string) string }, name, label, value string, more ...string) inputField {
	f := inputField{Name: name, Label: label, Value: value, Type: "text", Wrong: page.Wrong(name)}
	for _, setting := range more {
		key, to, _ := strings.Cut(setting, "=")
		switch key {
		case "type":
			f.Type = to
		case "hint":
			f.Hint = to
		case "autocomplete":
			f.Autocomplete = to
		case "maxlength":
			f.MaxLength = to
		case "mode":
			f.Mode = to
		case "class":
			f.Class = to
		case "required":
			f.Required = true
		default:
			panic("a field has no " + key) // a template that was written wrongly, met by the first test that renders it
		}
	}
	return f
}
