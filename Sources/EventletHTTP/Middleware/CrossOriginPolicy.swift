public import HTTPTypes

/// Which pages of other origins may use a site from a browser, and how (CORS, of the Fetch standard).
///
/// ```swift
/// var policy = CrossOriginPolicy(origins: ["https://app.example.org"])
/// policy.allowsCredentials = true
/// policy.maxAge = .seconds(600)
/// router.use(crossOrigin(policy))
/// ```
public struct CrossOriginPolicy: Sendable {
  /// The origins of pages: scheme, host and perhaps port.
  public enum Origins: Sendable, ExpressibleByArrayLiteral {
    /// All.
    case any
    /// Some, each as browsers write it: `https://app.example.org`, `http://localhost:3000`, and
    /// `null` for pages without one, such as those in a sandbox and in files.
    case only(Set<String>)
    /// Those for which it says yes. Must not wait.
    case matching(@Sendable (String) -> Bool)

    /// Some.
    public init(arrayLiteral origins: String...) { self = .only(Set(origins)) }
  }

  /// Which origins.
  public var origins: Origins
  /// Which methods: GET, HEAD, POST, PUT, PATCH and DELETE by default.
  public var methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete]
  /// Which fields a request may have, beside those that all may; nil, the default, is any.
  public var requestFields: [HTTPField.Name]?
  /// Which fields of a response the page gets to see, beside those that all may; none by default.
  public var exposedFields: [HTTPField.Name] = []
  /// Whether the browser sends cookies and passwords along; false by default.
  ///
  /// Not with ``Origins/any`` nor the origin `null`, which any page can have: every page that a user
  /// looks at could act in the user's name. That is a mistake of the program, and ends the process;
  /// ``Origins/matching(_:)`` is not asked for `null` then.
  public var allowsCredentials = false
  /// For how long a browser need not ask again, in whole seconds; nil, the default, leaves it to the
  /// browser.
  public var maxAge: Duration?

  /// Creates a policy.
  /// - Parameter origins: Which origins.
  public init(origins: Origins) { self.origins = origins }
}
