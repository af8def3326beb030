package staff

import "strings"

// device says what a browser seems to be, for people who look whether it is theirs. Each name is looked for before those that other
// browsers carry, too.
func device(agent string) string {
	browser := firstNamed(agent, [][2]string{{"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}})
	system := firstNamed(agent, [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"CrOS", "Chromebook"}, {"Linux", "Linux"},
	})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	case agent == "":
		return "unknown"
	default:
		return agent
	}
}

// firstNamed returns the name whose mark is the first of them that stands in the text.
func firstNamed(text string, marksAndNames [][2]string) string {
	for _, known := range marksAndNames {
		if strings.Contains(text, known[0]) {
			return known[1]
		}
	}
	return ""
}
