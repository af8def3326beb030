package stripeschema

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// parse turns Stripe's notation, such as line_items[0][quantity]=2 and
// expand[]=customer, into maps of maps. Lists are maps with numbers for keys.
func parse(form url.Values) (map[string]any, error) {
	root := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for i, value := range form[name] {
			if err := set(root, steps(name, i), value); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return root, nil
}

// steps splits a[b][] into a, b and the place in the list.
func steps(name string, place int) []string {
	parts := strings.Split(strings.ReplaceAll(name, "]", ""), "[")
	if last := len(parts) - 1; parts[last] == "" {
		parts[last] = strconv.Itoa(place)
	}
	return parts
}

func set(node map[string]any, steps []string, value string) error {
	if len(steps) == 1 {
		node[steps[0]] = value
		return nil
	}
	child, ok := node[steps[0]].(map[string]any)
	if !ok {
		if node[steps[0]] != nil {
			return fmt.Errorf("%s is both a value and a group", steps[0])
		}
		child = map[string]any{}
		node[steps[0]] = child
	}
	return set(child, steps[1:], value)
}

// typed gives the values of a form, all of them text, the types that the schema
// expects, as Stripe does. What does not fit stays text, and is found out.
func typed(value any, schema *openapi3.Schema) any {
	for _, option := range schema.AnyOf {
		if fitting := typed(value, option.Value); option.Value.VisitJSON(fitting) == nil {
			return fitting
		}
	}
	switch value := value.(type) {
	case map[string]any:
		if schema.Type.Is(openapi3.TypeArray) {
			return typedList(value, schema.Items.Value)
		}
		return typedObject(value, schema)
	case string:
		return typedText(value, schema)
	}
	return value
}

func typedObject(object map[string]any, schema *openapi3.Schema) any {
	result := make(map[string]any, len(object))
	for name, value := range object {
		result[name] = value
		if property := schema.Properties[name]; property != nil {
			result[name] = typed(value, property.Value)
		} else if others := schema.AdditionalProperties.Schema; others != nil {
			result[name] = typed(value, others.Value)
		}
	}
	return result
}

func typedList(items map[string]any, schema *openapi3.Schema) any {
	list := make([]any, 0, len(items))
	for i := range len(items) {
		item, ok := items[strconv.Itoa(i)]
		if !ok {
			return items
		}
		list = append(list, typed(item, schema))
	}
	return list
}

func typedText(value string, schema *openapi3.Schema) any {
	switch {
	case schema.Type.Is(openapi3.TypeInteger), schema.Type.Is(openapi3.TypeNumber):
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			return n
		}
	case schema.Type.Is(openapi3.TypeBoolean):
		if b, err := strconv.ParseBool(value); err == nil {
			return b
		}
	}
	return value
}
