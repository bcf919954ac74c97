package rest_test

import (
	"os"
	"testing"

	parserall "github.com/vedette-ti/vedette/internal/parser/all"
	"github.com/vedette-ti/vedette/internal/sandbox"
)

// TestMain lets the sandbox start this program as its limited child, as it starts vedette, and the hostile
// tests start it as a server.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Argument {
		if err := sandbox.Child(os.Stdin, os.Stdout, parserall.List()); err != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == serverArgument {
		if err := serveAlone(os.Args[2]); err != nil {
			_, _ = os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
