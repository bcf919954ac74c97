//go:build !race

package sandbox

// instrumented tells that the race detector is compiled in.
const instrumented = false
