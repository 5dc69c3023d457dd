import Glibc

// A provider that does what it is told: by its arguments, and by `[[fake: …]]` in the question on standard input.
// `fake-provider --help` lists every option.
var run = ProviderRun(arguments: Array(CommandLine.arguments.dropFirst()))
run.start()
