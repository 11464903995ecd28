import EventletHTTP
import EventletNet
import HTTPTypes
import Testing

@Test(
  arguments: [
    (.tooManyFields(limit: 1), 413, "form: more than 1 fields"),
    (.tooManyParameters(limit: 1), 400, "query: more than 1 parameters"),
    (.tooLarge(limit: 2), 413, "form: more than 2 bytes in its fields"),
    (.fileTooLarge(name: "a", limit: 3), 413, "form: more than 3 bytes in file 'a'"),
    (.filesTooLarge(limit: 4), 413, "form: more than 4 bytes in its files"),
    (.tooManyParts(limit: 5), 413, "form: more than 5 parts"),
    (.partFieldsTooLarge(limit: 6), 413, "form: more than 6 bytes of fields in a part"),
    (.unsupportedType("a/b"), 415, "form: content type 'a/b' is not the expected one"),
    (.invalidBoundary(nil), 400, "form: no boundary"),
    (.invalidBoundary("ü"), 400, #"form: '\xc3\xbc' is no boundary"#),
    (.malformedBoundaryLine, 400, "form: something follows the boundary"),
    (.malformedField("x"), 400, "form: malformed field 'x' of a part"),
    (.fileTooLarge(name: "a\nb", limit: 3), 413, #"form: more than 3 bytes in file 'a\x0ab'"#),
    (.unsupportedType("\u{9B}"), 415, #"form: content type '\xc2\x9b' is not the expected one"#),
    (.malformedField("\u{9B}"), 400, #"form: malformed field '\xc2\x9b' of a part"#),
    (.missingName, 400, "form: a part without a name"),
    (.truncated, 400, "form: ends before its last boundary"),
  ] as [(FormError, Int, String)])
func aFormErrorSaysWhatAndWhy(error: FormError, status: Int, text: String) {
  #expect("\(error)" == text)
  #expect(error.status.code == status)
  #expect((error as any Error) is any PeerError)
}
