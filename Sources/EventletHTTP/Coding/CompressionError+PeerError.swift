public import EventletCompression
public import EventletNet

extension CompressionError: PeerError {}
