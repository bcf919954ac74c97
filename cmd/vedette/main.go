// Command vedette is the whole platform: the server, the console, and the command line.
package main

import (
	"os"

	"github.com/vedette-ti/vedette/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
