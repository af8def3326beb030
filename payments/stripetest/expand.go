package stripetest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// render writes what the API shows of v, with the ids named by expand replaced
// by the objects that they stand for.
func (st *state) render(v any, expand []string) ([]byte, error) {
	if o, ok := v.(object); ok {
		v = o.view(st)
	}
	if len(expand) == 0 {
		return json.Marshal(v)
	}
	tree, err := toTree(v)
	if err != nil {
		return nil, err
	}
	for _, path := range expand {
		if err := st.expand(tree, path); err != nil {
			return nil, err
		}
	}
	return json.Marshal(tree)
}

// toTree turns v into maps and lists that expand can write to.
func toTree(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return tree, decoder.Decode(&tree)
}

// expand follows a path such as payment_intent.latest_charge from node.
func (st *state) expand(node any, path string) error {
	if strings.Count(path, ".") >= 4 {
		return invalid("expand", "You cannot expand more than 4 levels of a property: %s", path)
	}
	return st.expandField(node, strings.Split(path, "."), path)
}

func (st *state) expandField(node any, fields []string, path string) error {
	if len(fields) == 0 {
		return nil
	}
	if list, ok := node.([]any); ok {
		for _, item := range list {
			if err := st.expandField(item, fields, path); err != nil {
				return err
			}
		}
		return nil
	}
	object, ok := node.(map[string]any)
	if !ok {
		return cannotExpand(path)
	}
	child, err := st.expanded(object, fields[0], path)
	if err != nil || child == nil {
		return err
	}
	object[fields[0]] = child
	return st.expandField(child, fields[1:], path)
}

// expanded returns the value of a field with its id, if it is one, replaced.
// It is nil if there is nothing to expand.
func (st *state) expanded(parent map[string]any, field, path string) (any, error) {
	if part := st.onRequest(parent, field); part != nil {
		return toTree(part)
	}
	value, present := parent[field]
	if !present {
		return nil, cannotExpand(path)
	}
	id, isText := value.(string)
	if !isText {
		return value, nil
	}
	o, ok := st.find(id)
	if !ok {
		return nil, cannotExpand(path)
	}
	return toTree(o.view(st))
}

// onRequest returns the parts of an object that Stripe shows only when they
// are asked for, and nil for any other field.
func (st *state) onRequest(parent map[string]any, field string) any {
	id, ok := parent["id"].(string)
	if !ok {
		return nil
	}
	o, ok := st.find(id)
	if !ok {
		return nil
	}
	switch o := o.(type) {
	case *session:
		switch field {
		case "line_items":
			return o.firstLines()
		case "total_details":
			return o.detailsWithBreakdown()
		}
	case *charge:
		if field == "refunds" {
			return st.refundsOf(o)
		}
	}
	return nil
}

func cannotExpand(path string) error {
	return invalid("expand", "This property cannot be expanded (%s).", path)
}
