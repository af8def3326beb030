package ses_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"bookroom/mail/ses"
	"bookroom/mail/ses/sestest"
	"bookroom/shop"
)

var noon = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

func MustAmazon(tb testing.TB) *sestest.Amazon {
	tb.Helper()
	amazon, err := sestest.Open(noon)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(amazon.Close)
	return amazon
}

func MustReader(tb testing.TB, amazon *sestest.Amazon, at time.Time) *ses.Reader {
	tb.Helper()
	reader, err := ses.New(ses.Config{Topic: sestest.Topic, Client: amazon.Client(), Now: func() time.Time { return at }})
	if err != nil {
		tb.Fatal(err)
	}
	return reader
}

func MustSign(tb testing.TB, amazon *sestest.Amazon, m sestest.Message, version string) []byte {
	tb.Helper()
	signed, err := amazon.Sign(m, version)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

func TestWhatAmazonReports(t *testing.T) {
	t.Parallel()
	amazon := MustAmazon(t)
	reader := MustReader(t, amazon, noon)
	subject := sestest.Notification("m2", sestest.Bounce("receipt.1@shop.example", "Ada@School.example"))
	subject["Subject"] = "Amazon SES Email Event Notification"
	when := time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		message sestest.Message
		want    shop.MailReport
		outcome shop.MailReportOutcome
	}{
		"bounce": {
			sestest.Notification("m1", sestest.Bounce("receipt.1@shop.example", "Ada@School.example")),
			shop.MailReport{ID: "m1", Kind: shop.ReportBounced, MessageID: "receipt.1@shop.example", To: []string{"ada@school.example"}, Detail: "Permanent General 5.1.1 smtp; 550 5.1.1 user unknown", At: when},
			shop.ReportApplied,
		},
		"with a subject": {
			subject,
			shop.MailReport{ID: "m2", Kind: shop.ReportBounced, MessageID: "receipt.1@shop.example", To: []string{"ada@school.example"}, Detail: "Permanent General 5.1.1 smtp; 550 5.1.1 user unknown", At: when},
			shop.ReportApplied,
		},
		"complaint as an event, Message-ID among the headers": {
			sestest.Notification("m3", `{"eventType":"Complaint","mail":{"headers":[{"name":"Message-ID","value":"<a@b>"}]},
				"complaint":{"complainedRecipients":[{"emailAddress":"ada@school.example"}],"complaintFeedbackType":"abuse","timestamp":"2030-01-01T00:00:00Z"}}`),
			shop.MailReport{ID: "m3", Kind: shop.ReportComplaint, MessageID: "a@b", To: []string{"ada@school.example"}, Detail: "Complaint abuse", At: when},
			shop.ReportApplied,
		},
		"delivery": {
			sestest.Notification("m4", `{"notificationType":"Delivery","mail":{"destination":["ada@school.example"]},"delivery":{"timestamp":"2030-01-01T00:00:00Z"}}`),
			shop.MailReport{ID: "m4", Kind: shop.ReportDelivered, To: []string{"ada@school.example"}, At: when},
			shop.ReportApplied,
		},
		"another event":   {sestest.Notification("m5", `{"eventType":"Open"}`), shop.MailReport{}, shop.ReportIgnored},
		"a trial":         {sestest.Notification("m6", "Successfully validated SNS topic"), shop.MailReport{}, shop.ReportIgnored},
		"to be confirmed": {sestest.Confirmation(), shop.MailReport{}, shop.ReportConfirmed},
	} {
		for _, version := range []string{"1", "2"} {
			report, outcome, err := reader.Read(t.Context(), MustSign(t, amazon, c.message, version))
			if err != nil || outcome != c.outcome {
				t.Errorf("%s, version %s: %s, %v", name, version, outcome, err)
				continue
			}
			if !report.At.Equal(c.want.At) {
				t.Errorf("%s: at %s", name, report.At)
			}
			report.At = c.want.At
			if !reflect.DeepEqual(report, c.want) {
				t.Errorf("%s: %+v, want %+v", name, report, c.want)
			}
		}
	}
	certificates, confirmations := 0, 0
	for _, asked := range amazon.Asked() {
		if strings.HasSuffix(asked, ".pem") {
			certificates++
		}
		if strings.Contains(asked, "ConfirmSubscription") {
			confirmations++
		}
	}
	if certificates != 1 || confirmations != 2 {
		t.Errorf("asked %v", amazon.Asked())
	}
}

func TestForgedMessagesAreRefused(t *testing.T) {
	t.Parallel()
	amazon, stranger := MustAmazon(t), MustAmazon(t)
	good := sestest.Notification("m1", sestest.Bounce("", "ada@school.example"))
	with := func(field, value string) sestest.Message {
		changed := maps.Clone(good)
		changed[field] = value
		return changed
	}
	confirm := sestest.Confirmation()
	confirm["SubscribeURL"] = "https://sns.us-east-1.amazonaws.com.evil.example/"
	plain := string(MustSign(t, amazon, good, "2"))
	for name, payload := range map[string]string{
		"no JSON":                          "{",
		"signed by a stranger":             string(MustSign(t, stranger, good, "2")),
		"changed after it was signed":      strings.Replace(plain, "5.1.1", "5.1.2", 1),
		"of another topic":                 string(MustSign(t, amazon, with("TopicArn", sestest.Topic+"-2"), "2")),
		"the certificate is elsewhere":     string(MustSign(t, amazon, with("SigningCertURL", "https://evil.example/a.pem"), "2")),
		"the certificate is in a bucket":   string(MustSign(t, amazon, with("SigningCertURL", "https://sns.s3.amazonaws.com/a.pem"), "2")),
		"the certificate without TLS":      string(MustSign(t, amazon, with("SigningCertURL", strings.Replace(sestest.CertURL, "https", "http", 1)), "2")),
		"the certificate with a user":      string(MustSign(t, amazon, with("SigningCertURL", strings.Replace(sestest.CertURL, "//", "//u@", 1)), "2")),
		"a signature of the other version": strings.Replace(plain, `"SignatureVersion":"2"`, `"SignatureVersion":"1"`, 1),
		"a version that there is not":      strings.Replace(plain, `"SignatureVersion":"2"`, `"SignatureVersion":"3"`, 1),
		"no signature":                     strings.Replace(plain, `"Signature":"`, `"Signature":"!`, 1),
		"a subscription elsewhere":         string(MustSign(t, amazon, confirm, "2")),
	} {
		if _, outcome, err := MustReader(t, amazon, noon).Read(t.Context(), []byte(payload)); !shop.IsKind(err, shop.Invalid) {
			t.Errorf("%s: %s, %v", name, outcome, err)
		}
	}
	for _, asked := range amazon.Asked() {
		if !strings.HasPrefix(asked, sestest.Host) || strings.Contains(asked, "Confirm") {
			t.Errorf("somebody else's message made us ask for %s", asked)
		}
	}
	if _, _, err := MustReader(t, amazon, noon.AddDate(2, 0, 0)).Read(t.Context(), []byte(plain)); !shop.IsKind(err, shop.Invalid) {
		t.Errorf("a certificate that is over: %v", err)
	}
}

func TestAmazonThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	amazon := MustAmazon(t)
	reader := MustReader(t, amazon, noon)
	payload := MustSign(t, amazon, sestest.Notification("m1", sestest.Bounce("", "ada@school.example")), "2")
	amazon.GoDown(true)
	if _, _, err := reader.Read(t.Context(), payload); !shop.IsKind(err, shop.Unavailable) {
		t.Errorf("down: %v", err)
	}
	amazon.GoDown(false)
	if _, outcome, err := reader.Read(t.Context(), payload); err != nil || outcome != shop.ReportApplied {
		t.Errorf("up again: %s, %v", outcome, err)
	}
}

func TestTheTopicIsOne(t *testing.T) {
	t.Parallel()
	for topic, good := range map[string]bool{
		sestest.Topic: true,
		"arn:aws-us-gov:sns:us-gov-west-1:123456789012:t": true,
		"arn:aws-cn:sns:cn-north-1:123456789012:t":        true,
		"arn:aws:sns:evil.example/:123456789012:t":        false,
		"arn:aws:sqs:us-east-1:123456789012:t":            false,
		"bookroom":                                        false,
		"":                                                false,
	} {
		if _, err := ses.New(ses.Config{Topic: topic}); (err == nil) != good {
			t.Errorf("%q: %v", topic, err)
		}
	}
}
