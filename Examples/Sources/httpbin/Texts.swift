import EventletHTTP
import EventletJSON
import HTTPTypes

/// Documents of several types.
func addTexts(to routes: some RoutesBuilder) {
  routes.get("/html") { _ in .html(story) }
  routes.get("/encoding/utf8") { _ in .html(greetings) }
  routes.get("/xml") { _ in .text(slideShowAsXML, contentType: "application/xml") }
  routes.get("/json") { _ in try .report(["slideshow": slideShow]) }
  routes.get("/robots.txt") { _ in
    .text("User-agent: *\nDisallow: /deny\n", contentType: "text/plain")
  }
  routes.get("/deny") { _ in
    .text("Robots are asked not to come here.\n", contentType: "text/plain")
  }
}

private let story = """
  <!DOCTYPE html>
  <html>
    <head><title>The ferry</title></head>
    <body>
      <h1>The ferry</h1>
      <p>
        There was one ferryman and one boat, and the river was wide. When the boat lay at the far
        bank, waiting for somebody who was slow with his bags, everybody here thought the ferryman
        idle. He was not: he mended ropes for those who stood at this bank, and took the tolls of
        those who had just arrived, and when a bell rang on the other side he heard it.
      </p>
      <p>In the evening they counted. Ten thousand had crossed, and nobody had seen him hurry.</p>
    </body>
  </html>

  """

private let greetings = """
  <!DOCTYPE html>
  <html>
    <head><meta charset="utf-8"><title>UTF-8</title></head>
    <body>
      <h1>Good morning in UTF-8</h1>
      <ul>
        <li lang="ar">صباح الخير</li>
        <li lang="de">Schönen guten Morgen, süße Grüße</li>
        <li lang="el">Καλημέρα</li>
        <li lang="he">בוקר טוב</li>
        <li lang="hi">सुप्रभात</li>
        <li lang="ja">おはようございます</li>
        <li lang="ka">დილა მშვიდობისა</li>
        <li lang="ru">Доброе утро</li>
        <li lang="th">สวัสดีตอนเช้า</li>
        <li lang="vi">Chào buổi sáng</li>
        <li lang="zh">早上好</li>
      </ul>
      <p>∀ε&gt;0 ∃δ&gt;0, ½ + ¼ = ¾, 10 € ≠ 10 £, ♜♞♝♛♚, 🧵🟢</p>
    </body>
  </html>

  """

private let slideShow: JSONValue = [
  "author": "Yours Truly",
  "date": "date of publication",
  "title": "Sample Slide Show",
  "slides": [
    ["type": "all", "title": "What a green thread is"],
    [
      "type": "all", "title": "Overview",
      "items": ["It <em>waits</em> without a thread", "It is <em>switched</em> in nanoseconds"],
    ],
  ],
]

private let slideShowAsXML = """
  <?xml version="1.0" encoding="us-ascii"?>
  <slideshow title="Sample Slide Show" date="date of publication" author="Yours Truly">
    <slide type="all">
      <title>What a green thread is</title>
    </slide>
    <slide type="all">
      <title>Overview</title>
      <item>It <em>waits</em> without a thread</item>
      <item>It is <em>switched</em> in nanoseconds</item>
    </slide>
  </slideshow>

  """
