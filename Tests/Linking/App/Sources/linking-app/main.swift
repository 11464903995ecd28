import Glibc
import Middle

try makeGreen()
let took = try runTogether(50) { usleep(100_000) }
guard took < .seconds(2) else {
  print("an app's own calls: 50 sleeps of 0.1 seconds took \(took)")
  exit(1)
}
print("an app's own calls: ok")
