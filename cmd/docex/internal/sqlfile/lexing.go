package sqlfile

import (
	"regexp"
	"strings"
)

// What follows a change of these settings is read in another way than it was checked (PostgreSQL manual 20.13.1, 24.3).
// Dumps begin with setting them to what they are.
var (
	lexingSetting = regexp.MustCompile(`(?i)\b(standard_conforming_strings|client_encoding|names)\b`)
	asItIs        = regexp.MustCompile(
		`(?i)^set\s+(session\s+|local\s+)?(standard_conforming_strings\s*(=|to)\s*'?(on|true|yes|1)'?` +
			`|client_encoding\s*(=|to)\s*'?utf-?8'?|names\s+'utf-?8')\s*$`)
)

// lexing refuses the statement under way when it changes how the server reads text.
func (r *reader) lexing() {
	text := r.st.Text
	if first := r.words.first[0]; first != "SET" && first != "RESET" &&
		!strings.Contains(strings.ToLower(text), "set_config") {
		return
	}
	if lexingSetting.MatchString(text) && !asItIs.MatchString(text) {
		r.problem(Problem{r.st.Offset, strings.ToLower(strings.Join(strings.Fields(lexingSetting.FindString(text)), " ")),
			"the server would read what follows in another way than this check does",
			"leave standard_conforming_strings on and client_encoding UTF8"})
	}
}
