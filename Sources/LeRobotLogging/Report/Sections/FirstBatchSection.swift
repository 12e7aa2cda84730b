import Foundation

/// The first batch as the policy sees it.
struct FirstBatchSection {
  private let pictures: [FirstBatchPicture]

  init(_ pictures: [FirstBatchPicture]) { self.pictures = pictures }

  var markup: Markup {
    guard !pictures.isEmpty else { return .nothing }
    return .element("div", ["class": "pictures"], .joined(pictures.map(figure)))
  }

  private func figure(_ picture: FirstBatchPicture) -> Markup {
    .element(
      "figure", ["class": "picture"],
      .element(
        "figcaption", [:], .element("code", [:], Markup(picture.camera)),
        " samples side by side, \(picture.width) × \(picture.height) pixels"),
      .element(
        "div",
        ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": picture.camera],
        .element(
          "img",
          [
            "src": "data:image/jpeg;base64," + Data(picture.jpeg).base64EncodedString(),
            "width": "\(picture.width)", "height": "\(picture.height)",
            "alt": "Samples of the first batch from \(picture.camera), side by side",
          ])))
  }
}
