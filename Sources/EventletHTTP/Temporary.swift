public struct PathParameters { var isEmpty: Bool { true }; public init() {} }
