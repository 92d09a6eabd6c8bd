package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// The parts of a SARIF 2.1.0 log that findings need:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string `json:"name"`
		InformationURI string `json:"informationUri"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"` // the category, and the guard's rule behind a slash
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"` // in characters
	}
)

func toSARIF(found []vetFinding) sarifLog {
	driver := sarifDriver{"docex vet", "https://pkg.go.dev/github.com/docex/docex/vet"}
	run := sarifRun{Tool: sarifTool{driver}, ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	files := map[string][]string{}
	for _, f := range found {
		rule := string(f.Category)
		if f.Rule != "" {
			rule += "/" + f.Rule
		}
		if _, read := files[f.File]; !read {
			text, _ := os.ReadFile(f.File) // without it the place is the line
			files[f.File] = strings.Split(string(text), "\n")
		}
		place := sarifPhysical{sarifArtifact{fileURI(f.File)}, sarifRegion{f.Line, characterColumn(files[f.File], f)}}
		run.Results = append(run.Results, sarifResult{RuleID: rule, Level: "error",
			Message: sarifMessage{f.message}, Locations: []sarifLocation{{place}}})
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// characterColumn returns the column of a finding in characters, and 0 when the line cannot be read.
func characterColumn(lines []string, f vetFinding) int {
	if f.Line > len(lines) || f.Column > len(lines[f.Line-1])+1 {
		return 0
	}
	return utf8.RuneCountInString(lines[f.Line-1][:f.Column-1]) + 1
}

func fileURI(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}
