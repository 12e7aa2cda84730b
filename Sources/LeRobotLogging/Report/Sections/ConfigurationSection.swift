import LeRobotCore

/// The configuration with each value's origin: first what was asked for, then the defaults.
struct ConfigurationSection {
  private let settings: [ConfigSetting]

  init(_ run: RunHistory) { settings = run.description?.settings ?? [] }

  var markup: Markup {
    guard !settings.isEmpty else { return .nothing }
    let chosen = settings.filter { !$0.isDefault }
      .enumerated().sorted { ($0.1.rank, $0.0) < ($1.1.rank, $1.0) }.map(\.element)
    let defaults = settings.filter(\.isDefault)
    let table = chosen.isEmpty ? .nothing : table(chosen, "Options that were given or changed")
    return filter + table
      + (defaults.isEmpty
        ? .nothing
        : .element(
          "details", ["id": "defaults"],
          .element(
            "summary", [:], "\(ReportNumber.count(defaults.count)) options with their defaults"),
          self.table(defaults, "Options with their defaults")))
  }

  /// A script shows it: without one it would do nothing.
  private var filter: Markup {
    .element(
      "p", ["class": "filter", "hidden": ""],
      .element("label", ["for": "filter"], "Filter"), " ",
      .element(
        "input",
        [
          "id": "filter", "type": "search", "autocomplete": "off", "spellcheck": "false",
          "placeholder": "option or value",
        ]), " ", .element("output", ["id": "filtered", "for": "filter"]))
  }

  private func table(_ settings: [ConfigSetting], _ caption: String) -> Markup {
    let rows = settings.map { setting in
      Markup.row(
        .element("code", [:], setting.option.breakable),
        [
          .element("code", [:], Markup(setting.value.reportText)),
          Markup(setting.shortOrigin),
        ])
    }
    return .table("settings", caption: caption, columns: ["Option", "Value", "Origin"], rows: rows)
  }
}

extension ConfigSetting {
  fileprivate var isDefault: Bool { origin == "default" }

  /// The command line first, then files, then what follows from them.
  fileprivate var rank: Int {
    if origin.hasPrefix("command line") { return 0 }
    if origin == "preset of the policy" { return 2 }
    return origin == "derived" ? 3 : 1
  }

  /// Without the argument, which stands in the same row.
  fileprivate var shortOrigin: String {
    origin.hasPrefix("command line") ? "command line" : origin
  }
}

extension JSONValue {
  /// The value as a report shows it: text as it is, anything else as JSON.
  var reportText: String {
    if let text = stringValue, !text.isEmpty { text } else { pythonText() }
  }
}

extension String {
  /// An option's name that may be broken behind its dots and underscores.
  var breakable: Markup {
    var (parts, part) = ([Markup](), "")
    for character in self {
      part.append(character)
      if character == "." || character == "_" {
        parts.append(Markup(part) + Markup(trusted: "<wbr/>"))
        part = ""
      }
    }
    return .joined(parts + [Markup(part)])
  }
}
