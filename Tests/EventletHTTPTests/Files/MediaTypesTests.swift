import EventletHTTP
import Testing

@Suite struct MediaTypesTests {
  @Test(arguments: [
    ("index.html", "text/html; charset=utf-8"), ("INDEX.HTML", "text/html; charset=utf-8"),
    ("a/b.c/app.js", "text/javascript; charset=utf-8"), ("data.json", "application/json"),
    ("logo.svg", "image/svg+xml"), ("archive.tar.gz", "application/gzip"),
    ("site.css", "text/css; charset=utf-8"), ("module.wasm", "application/wasm"),
    ("font.woff2", "font/woff2"), (".hidden.png", "image/png"),
    ("", "application/octet-stream"), ("README", "application/octet-stream"),
    ("dir.html/README", "application/octet-stream"), (".html", "application/octet-stream"),
    ("a/.html", "application/octet-stream"), ("file.", "application/octet-stream"),
    ("file.unheard-of", "application/octet-stream"), ("dir.html/", "application/octet-stream"),
  ])
  func theEndOfTheNameSays(name: String, type: String) {
    #expect(MediaTypes.standard.type(ofFileNamed: name) == type)
  }

  @Test func theTableMayBeChanged() {
    var types = MediaTypes.standard
    types["GLB"] = "model/gltf-binary"
    types["html"] = nil
    types.fallback = "text/plain"
    #expect(types["glb"] == "model/gltf-binary")
    #expect(types.type(ofFileNamed: "scene.Glb") == "model/gltf-binary")
    #expect(types.type(ofFileNamed: "index.html") == "text/plain")
    #expect(MediaTypes.standard["html"] == "text/html; charset=utf-8")
    #expect(MediaTypes(["x": "a/b"]).type(ofFileNamed: "file.x") == "a/b")
  }

  /// What a browser takes for text says how it is written.
  @Test func textHasACharacterSet() {
    for name in ["html", "css", "js", "txt", "csv", "md", "xml"] {
      #expect(MediaTypes.standard[name]?.hasSuffix("; charset=utf-8") == true, "\(name)")
    }
  }
}
