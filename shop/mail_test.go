package shop

import (
	"reflect"
	"strings"
	"testing"
)

// Whoever adds a link to a mail finds it hidden in the log.
func TestTheMailLogHidesEveryLink(t *testing.T) {
	t.Parallel()
	var m Mail
	var secrets []string
	fillLinks(reflect.ValueOf(&m).Elem(), func(name string) string {
		secret := "a-long-s3cret-of-" + name
		secrets = append(secrets, secret)
		return "https://shop.example/somewhere/" + secret
	})
	if len(secrets) < 2 {
		t.Fatalf("found the links %v only", secrets)
	}
	everything := "Open " + strings.Join(secrets, " or https://shop.example/somewhere/") + "."
	kept := m.record(Letter{Subject: everything, Text: everything, HTML: `<a href="` + everything + `">`})
	for _, secret := range secrets {
		if strings.Contains(kept.Subject+kept.Text+kept.HTML, secret) {
			t.Errorf("the log holds %s: name it in Mail.secrets", secret)
		}
	}
	if !strings.Contains(kept.Text, "https://shop.example/somewhere/hidden") {
		t.Errorf("nothing stands in their place: %s", kept.Text)
	}
}

// fillLinks gives a value to every text of a message whose name ends in URL.
func fillLinks(of reflect.Value, link func(name string) string) {
	for i := range of.NumField() {
		field, value := of.Type().Field(i), of.Field(i)
		switch {
		case value.Kind() == reflect.String && strings.HasSuffix(field.Name, "URL"):
			value.SetString(link(of.Type().Name() + field.Name))
		case value.Kind() == reflect.Struct && field.Name != "Order":
			fillLinks(value, link)
		}
	}
}

func TestAnAddressWithoutASecretIsNotHidden(t *testing.T) {
	t.Parallel()
	m := Mail{Link: MailLink{URL: "https://shop.example/library"}}
	if kept := m.record(Letter{Text: "To the library."}); kept.Text != "To the library." {
		t.Errorf("kept %q", kept.Text)
	}
}

func TestAPseudonymIsNobodysAddress(t *testing.T) {
	t.Parallel()
	for address, erased := range map[string]bool{
		"erased-abc@erased.invalid": true, "ada@school.example": false, "ada@erased.invalid.example": false, "": false,
	} {
		if IsErased(address) != erased {
			t.Errorf("%q: %t", address, !erased)
		}
	}
}
