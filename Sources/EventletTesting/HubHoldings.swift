package import EventletCore

/// What a hub holds at one moment: for tests that compare before with after.
package struct HubHoldings: Equatable, CustomStringConvertible {
  package let greenThreads: Int
  package let ready: Int
  package let timers: Int
  package let descriptorWaits: Int
  package let descriptors: Int
  package let stacks: Int

  package init(of hub: Hub = .current) {
    let statistics = hub.statistics
    greenThreads = statistics.greenThreads
    ready = statistics.ready
    timers = statistics.timers
    descriptorWaits = statistics.descriptorWaits
    descriptors = statistics.descriptors
    stacks = statistics.stacksInUse
  }

  package var description: String {
    "\(greenThreads) green threads, \(ready) ready, \(timers) timers, "
      + "\(descriptorWaits) waits for \(descriptors) descriptors, \(stacks) stacks"
  }
}
