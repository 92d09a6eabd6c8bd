package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"testing"

	"github.com/docex/docex/internal/testkit/pgtest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/story.txt")

func TestMain(m *testing.M) { pgtest.Main(m) }

// The story on a real server is the one in testdata, which the README shows.
func TestStory(t *testing.T) {
	db := pgtest.NewDB(t)
	var got bytes.Buffer
	if err := story(context.Background(), &got, db.AdminDSN, db.AppDSN); err != nil {
		t.Fatalf("%v\nafter:\n%s", err, got.String())
	}
	const golden = "testdata/story.txt"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("the story has changed (-want +got):\n%s", diff)
	}
}
