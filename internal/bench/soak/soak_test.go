package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vedette-ti/vedette/internal/cli"
	"github.com/vedette-ti/vedette/internal/failpoint"
)

// TestMain lets this binary be the server that is killed, and the child processes of its sandbox.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		os.Exit(cli.Main())
	}
	os.Exit(m.Run())
}

// TestNothingIsLost is a short soak at random moments; with -tags failpoints also at the named ones.
func TestNothingIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills servers for some seconds")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := options{bin: self, failBin: "none", folder: t.TempDir(), rounds: 5, workers: 4, seed: uint64(time.Now().UnixNano()), longest: time.Second, settle: 2 * time.Minute}
	if failpoint.Enabled {
		o.failBin, o.rounds = self, 18
	}
	if err := soak(t.Context(), o); err != nil {
		t.Fatalf("seed %d: %v", o.seed, err)
	}
}
