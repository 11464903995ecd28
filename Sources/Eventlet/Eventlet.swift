// The umbrella: one import for green threads and sockets.
@_exported public import EventletCore
@_exported public import EventletNet
