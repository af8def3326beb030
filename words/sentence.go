package words

import (
	"fmt"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message/catalog"
	"gopkg.in/yaml.v3"
)

// sentence is how one sentence reads in a language: in one way, or in one for each plural form.
type sentence struct {
	Text  string `yaml:"-"`
	Of    int    `yaml:"of"` // the argument that the plural follows, counted from 1; 0 is the first
	One   string `yaml:"one"`
	Other string `yaml:"other"`
}

// UnmarshalYAML takes a text, or a mapping of plural forms.
func (s *sentence) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		s.Text = n.Value
		return nil
	}
	type forms sentence
	if err := n.Decode((*forms)(s)); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	if s.One == "" || s.Other == "" {
		return fmt.Errorf("line %d: a plural needs both one and other", n.Line)
	}
	return nil
}

func (s sentence) set(to *catalog.Builder, tag language.Tag, key string) error {
	if s.Text != "" {
		return to.SetString(tag, key, s.Text)
	}
	return to.Set(tag, key, plural.Selectf(max(s.Of, 1), "", plural.One, s.One, plural.Other, s.Other))
}

func readPart(text []byte, add func(key string, s sentence) error) error {
	var sentences map[string]sentence
	if err := yaml.Unmarshal(text, &sentences); err != nil {
		return err
	}
	for key, s := range sentences {
		if err := add(key, s); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
	}
	return nil
}
