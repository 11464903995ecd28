@_exported public import EventletCore
