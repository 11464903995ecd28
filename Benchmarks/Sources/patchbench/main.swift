// What libc's calls cost when they are patched and nothing has to wait, as JSON: outside green threads,
// where they are passed on, or inside.
//
//     patchbench outside|inside
import Eventlet
import EventletPatch

try MonkeyPatch.install()
if CommandLine.arguments.contains("outside") {
  measureOnPlainThread()
} else {
  try spawn { measureCalls() }.wait()
}
