import Glibc
import Middle

try makeGreen()
let took = try runTogether(50) { usleep(100_000) }
guard took < .seconds(2) else {
  print("an app's own calls: 50 sleeps of 0.1 seconds took \(took)")
  exit(1)
}
print("an app's own calls: ok")

// A library whose function waits, as it was built long ago; 7 is what it answers.
if let path = CommandLine.arguments.dropFirst().first {
  guard let library = dlopen(path, RTLD_NOW), let symbol = dlsym(library, "wait_for_condition")
  else {
    print("\(path): \(String(cString: dlerror()))")
    exit(1)
  }
  typealias Function = @convention(c) () -> Int32
  let function = unsafeBitCast(symbol, to: Function.self)
  var right = 0
  try runTogether(2) { if function() == 7 { right += 1 } }
  print("a library with old conditions: \(right == 2 ? "ok" : "\(right) of 2")")
  exit(right == 2 ? 0 : 1)
}
