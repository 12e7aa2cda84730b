import Foundation
import LeRobotCore
import LeRobotLogging
import Testing

/// The markup of a report's page: well-formed, harmless, and to be read by anybody.
@Suite struct ReportMarkupPropertyTests {
  private static let now = ReportFixture.began + 500

  private static let lines = (1...8).map {
    ReportFixture.line($0 * 50, loss: 3 / Double($0), others: ["l1_loss": 0.1 * Double($0)])
  }

  /// A run with everything that a page can show, and this text wherever a run has text.
  private func run(_ text: String) -> RunHistory {
    let origins = ["command line: --a=\(text)", "\(text), line 3", "default"]
    return ReportFixture(
      name: text,
      records: Self.lines + [
        ReportFixture.line(450, loss: 1, others: [text: 2]),
        ReportFixture.evaluation(450, success: 60, videos: ["eval/\(text).mp4"]),
      ],
      settings: origins.map { ConfigSetting(option: text, value: .string(text), origin: $0) },
      processes: [
        ReportFixture.process(command: ["lerobot-train", text]), ReportFixture.process(),
      ],
      pictures: [FirstBatchPicture(camera: text, jpeg: [0xFF, 0xD8], width: 8, height: 4)],
      groups: [text], text: text
    ).history
  }

  /// The same elements as for a harmless text, and the text itself to read.
  @Test(arguments: [
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "\" onload=\"alert(1)",
    "' onload='alert(1)", "&lt;b&gt; &amp;", "]]>", "<!--", "\u{0}\u{1B}[31m\u{FFFE}", "\u{1F916}é",
  ])
  func textOfARunNeverBecomesMarkup(text: String) throws {
    for count in 1...2 {
      func page(_ text: String) throws -> ParsedPage {
        try ParsedPage(
          ReportPage(Array(repeating: run(text), count: count), now: Self.now).html)
      }
      let (plain, odd) = (try page("plain"), try page(text))
      #expect(odd.elements.map(\.name) == plain.elements.map(\.name))
      for (own, other) in zip(odd.elements, plain.elements) {
        #expect(Set(own.attributes.keys) == Set(other.attributes.keys))
      }
      if text.unicodeScalars.allSatisfy({ $0 >= " " && $0 != "\u{FFFE}" }) {
        #expect(odd.all("main")[0].text.contains(text))
      }
    }
  }

  @Test func aPageReachesNothingElsewhere() throws {
    for runs in [[run("a")], [run("a"), run("b")], []] {
      let html = ReportPage(runs, now: Self.now).html
      let namespace = "http://www.w3.org/2000/svg"
      #expect(!html.replacing(namespace, with: "").contains(/https?:/))
      #expect(!html.contains(/@import|url\(|fetch\(|EventSource|XMLHttpRequest|http-equiv/))
      let page = try ParsedPage(html)
      for element in page.elements {
        for name in ["src", "href", "poster", "action"] {
          let address = element.attributes[name] ?? "#"
          #expect(["#", "./", "data:"].contains { address.hasPrefix($0) }, "\(address)")
        }
      }
      #expect(page.all("script").count == 1)
      #expect(page.all("html")[0].attributes["lang"] == "en")
    }
  }

  @Test func onlyALivePageListensToAServer() {
    let page = ReportPage([run("a")], isLive: true, now: Self.now)
    #expect(page.html.contains("new EventSource(\"events\")"))
    #expect(page.html.contains("<main>\(page.content)</main>"))
  }

  @Test(arguments: [
    ("javascript:alert(1)", "./javascript%3Aalert%281%29"), ("//host/a.mp4", "/host/a.mp4"),
    ("/data/a.mp4", "/data/a.mp4"), ("eval/a b#c?d%.mp4", "./eval/a%20b%23c%3Fd%25.mp4"),
    ("é.mp4", "./%C3%A9.mp4"), ("\\\\host\\a", "./%5C%5Chost%5Ca"),
  ])
  func videosAreLinkedFromThePagesFolder(path: String, address: String) throws {
    let evaluation = ReportFixture.evaluation(10, success: 5, videos: [path])
    let run = ReportFixture(records: [evaluation]).history
    let page = try ParsedPage(ReportPage([run], now: Self.now).html)
    #expect(page.all("a").contains { $0.attributes["href"] == address })
    #expect(page.all("video").first?.attributes["src"] == address)
  }

  @Test func headingsFollowEachOther() throws {
    for runs in [[run("a")], [run("a"), run("b")]] {
      let page = try ParsedPage(ReportPage(runs, now: Self.now).html)
      let levels = page.elements.compactMap { element -> Int? in
        element.name.count == 2 && element.name.first == "h" ? Int(element.name.dropFirst()) : nil
      }
      #expect(levels.first == 1 && levels.filter { $0 == 1 }.count == 1)
      for (one, next) in zip(levels, levels.dropFirst()) { #expect(next <= one + 1) }
      #expect(page.all("th").allSatisfy { $0.attributes["scope"] != nil })
      let identifiers = page.elements.compactMap { $0.attributes["id"] }
      #expect(Set(identifiers).count == identifiers.count)
      for picture in page.all("svg") where picture.attributes["role"] == "img" {
        let names = picture.attributes["aria-labelledby"]?.split(separator: " ") ?? []
        #expect(names.count == 2 && names.allSatisfy { identifiers.contains(String($0)) })
      }
    }
  }

  // MARK: - Colours

  /// WCAG 2.1, 1.4.3 and 1.4.11: 4.5 to 1 for text and 3 to 1 for curves, in both schemes.
  @Test func coloursStandOutFromTheirGround() throws {
    let html = ReportPage([], now: Self.now).html
    let schemes = html.components(separatedBy: "prefers-color-scheme: dark")
    try #require(schemes.count == 2)
    for scheme in schemes {
      func color(_ name: String) throws -> Double {
        let match = try #require(scheme.firstMatch(of: try Regex("--\(name): #([0-9a-f]{6})")))
        return Self.luminance(try #require(match.output[1].substring))
      }
      for ground in ["card", "ground"] {
        let ground = try color(ground)
        for index in 0..<8 {
          #expect(Self.contrast(try color("c\(index)"), ground) >= 3, "c\(index)")
        }
        for name in ["text", "quiet", "link", "alert", "good", "warn"] {
          #expect(Self.contrast(try color(name), ground) >= 4.5, "\(name)")
        }
      }
    }
  }

  private static func luminance(_ color: Substring) -> Double {
    let parts = stride(from: 0, to: 6, by: 2).map { offset -> Double in
      let start = color.index(color.startIndex, offsetBy: offset)
      let part = Double(Int(color[start...].prefix(2), radix: 16)!) / 255
      return part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  private static func contrast(_ one: Double, _ other: Double) -> Double {
    (max(one, other) + 0.05) / (min(one, other) + 0.05)
  }
}
