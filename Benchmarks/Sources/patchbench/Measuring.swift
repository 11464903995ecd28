import CPatchBench

// Not in main.swift, whose closures belong to the main actor: a plain OS thread calls this.

func measureCalls() {
  var figures: [String] = []
  var call = patch_calls()
  while let measure = call.pointee.measure {
    figures.append("\"patch_\(String(cString: call.pointee.name))_ns\": \(measure())")
    call += 1
  }
  print("{" + figures.joined(separator: ", ") + "}")
}

func measureOnPlainThread() { patch_on_plain_thread { measureCalls() } }
