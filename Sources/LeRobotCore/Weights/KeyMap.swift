/// A table of names in two layouts of the same weights, usable in both directions.
///
/// A rule renames one name, or all names that begin with a prefix; the longest rule that fits counts.
/// A name that no rule fits has no counterpart: a rule from "" to "" keeps all others as they are.
/// Going there and back gives every name back; a name for which that cannot hold has no counterpart.
package struct KeyMap: Sendable, Equatable {
  /// One line of the table.
  package struct Rule: Sendable, Equatable {
    fileprivate let source: String
    fileprivate let target: String
    fileprivate let isPrefix: Bool

    /// One tensor's two names.
    package static func name(_ source: String, _ target: String) -> Rule {
      Rule(source: source, target: target, isPrefix: false)
    }

    /// The two prefixes of all names that begin with `source`.
    package static func prefix(_ source: String, _ target: String) -> Rule {
      Rule(source: source, target: target, isPrefix: true)
    }

    /// The same line read from right to left.
    fileprivate var reversed: Rule { Rule(source: target, target: source, isPrefix: isPrefix) }

    fileprivate func fits(_ name: String) -> Bool {
      isPrefix ? name.hasPrefix(source) : name == source
    }

    fileprivate func renamed(_ name: String) -> String { target + name.dropFirst(source.count) }

    /// Of two rules that fit, the more special one counts; of two for one name, the first by its
    /// target.
    fileprivate static func isMoreSpecial(_ a: Rule, _ b: Rule) -> Bool {
      let (weight, other) = (a.source.utf8.count, b.source.utf8.count)
      if a.isPrefix != b.isPrefix { return b.isPrefix }
      return weight == other ? (a.source, a.target) < (b.source, b.target) : weight > other
    }
  }

  private let rules: [Rule]
  private let reversedRules: [Rule]

  /// - Parameter rules: in any order.
  package init(_ rules: [Rule]) {
    self.rules = rules.sorted(by: Rule.isMoreSpecial)
    reversedRules = rules.map(\.reversed).sorted(by: Rule.isMoreSpecial)
  }

  /// The map in the other direction.
  package var inverse: KeyMap { KeyMap(reversedRules) }

  /// The name in the other layout; nil where it has none.
  package func target(of name: String) -> String? {
    guard let rule = rules.first(where: { $0.fits(name) }) else { return nil }
    let target = rule.renamed(name)
    let back = reversedRules.first { $0.fits(target) }
    return back == rule.reversed ? target : nil
  }
}
