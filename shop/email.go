package shop

import (
	"slices"
	"strings"
)

// mailHosts are where many people have their mail.
var mailHosts = []string{
	"gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "rocketmail.com", "hotmail.com", "outlook.com", "live.com", "msn.com",
	"icloud.com", "me.com", "mac.com", "aol.com", "gmx.com", "mail.com", "email.com", "fastmail.com", "zoho.com", "protonmail.com",
	"proton.me", "comcast.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net", "cox.net", "charter.net",
	"yahoo.es", "yahoo.com.mx", "hotmail.es", "outlook.es",
}

// wrongEndings are mistyped ones that no address in the world has, by what was meant.
var wrongEndings = map[string]string{
	"con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "vom": "com", "xom": "com", "cpm": "com", "clm": "com",
	"ogr": "org", "orgg": "org", "rog": "org", "ner": "net", "nte": "net", "nett": "net", "eud": "edu", "deu": "edu", "eduu": "edu",
}

// countriesAsTypos are endings of real countries that at a well-known host are a mistake nearly always.
var countriesAsTypos = []string{"co", "cm", "om"}

// SuggestEmail returns the address that was probably meant by a mistyped one (name@gmial.com); empty
// where nothing looks mistyped. It corrects the host only, is cautious with those it does not know, and
// is a hint: what was typed may be right.
func SuggestEmail(address string) string {
	address, err := CleanEmail(address)
	if err != nil {
		return ""
	}
	at := strings.LastIndexByte(address, '@')
	host := address[at+1:]
	if meant := suggestHost(host); meant != host {
		return address[:at+1] + meant
	}
	return ""
}

func suggestHost(host string) string {
	if slices.Contains(mailHosts, host) {
		return host
	}
	dot := strings.LastIndexByte(host, '.')
	name, ending := host[:dot], host[dot+1:]
	if right, ok := wrongEndings[ending]; ok {
		ending = right
	} else if slices.Contains(countriesAsTypos, ending) && slices.Contains(mailHosts, name+".com") {
		ending = "com"
	}
	var slips Slips
	best, distance := name+"."+ending, maxMistakes+1
	for _, known := range mailHosts {
		knownName, knownEnding, _ := strings.Cut(known, ".")
		if knownEnding != ending {
			continue
		}
		if d := slips.Between([]rune(name), []rune(knownName), maxMistakes, false); d <= tolerated(knownName) && d < distance {
			best, distance = known, d
		}
	}
	return best
}

// maxMistakes is how many slips of a finger a suggestion makes good.
const maxMistakes = 2

// tolerated is how many slips still point at that name: short names are near to too many others.
func tolerated(name string) int {
	switch n := len(name); {
	case n < 5:
		return 0
	case n == 5:
		return 1
	default:
		return maxMistakes
	}
}
