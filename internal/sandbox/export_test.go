package sandbox

// Instrumented tells tests that memory is not limited, because the race detector is compiled in.
const Instrumented = instrumented
