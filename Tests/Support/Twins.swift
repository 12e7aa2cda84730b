import Foundation

/// The sources of a tower that has a twin, file by file.
package struct Twins {
  /// What both towers hold under the same names.
  package static let folders = ["Layers", "Models", "Optimizers", "Policies"]

  /// Texts by path below `Sources/Reference` or `Sources/Fast`.
  package var files: [String: String]

  /// - Parameter module: `Reference` or `Fast`.
  package init(of module: String) throws {
    let root = RepositoryFiles.root.appending(path: "Sources/\(module)")
    var files: [String: String] = [:]
    for folder in Self.folders {
      let found = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      for case let file as String in found ?? .init() where file.hasSuffix(".swift") {
        let path = "\(folder)/\(file)"
        files[path] = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      }
    }
    self.files = files
  }

  /// The labels that begin a comment line, by file, in order of first appearance.
  package var labels: [String: [String]] {
    files.compactMapValues { text in
      let labels = text.matches(of: /(?m)^ *\/\/\/? +\[([A-Za-z][A-Za-z0-9-]+)\]/).map {
        String($0.output.1)
      }
      let unique = labels.enumerated().filter {
        labels[..<$0.offset].firstIndex(of: $0.element) == nil
      }
      return unique.isEmpty ? nil : unique.map(\.element)
    }
  }

  /// How the declarations of two towers differ, beyond what is allowed; a line each.
  ///
  /// An allowed difference that is not there any more counts, and so does a file without any
  /// declaration, which was not understood.
  package static func differences(_ reference: Twins, _ fast: Twins) -> [String] {
    var problems: [String] = []
    let (a, b) = (reference.declarations, fast.declarations)
    for file in Set(a.keys).union(b.keys).sorted() {
      let allowed = TwinDifference.allowed.filter { $0.file == file }
      func rest(_ module: String, _ declared: [String]?, _ allowed: [String]) -> [String] {
        var rest = declared ?? []
        if rest.isEmpty { problems.append("\(module)/\(file): no declaration found") }
        for declaration in allowed {
          if let place = rest.firstIndex(of: declaration) {
            rest.remove(at: place)
          } else {
            problems.append("\(module)/\(file): allowed, but not there: \(declaration)")
          }
        }
        return rest
      }
      let (x, y) = (
        rest("Reference", a[file], allowed.flatMap(\.reference)),
        rest("Fast", b[file], allowed.flatMap(\.fast))
      )
      problems += y.difference(from: x).map { change in
        switch change {
        case .insert(_, let declaration, _): "Fast/\(file): alone or elsewhere: \(declaration)"
        case .remove(_, let declaration, _): "Reference/\(file): alone or elsewhere: \(declaration)"
        }
      }
    }
    return problems
  }

  /// What each file declares for others, in its order, in words that both towers share.
  private var declarations: [String: [String]] {
    files.mapValues { text in
      SwiftDeclaration.all(in: text).filter { !$0.isPrivate }.map { shared($0.description) }
    }
  }

  /// A variable is the reference's tensor with its graph; libtorch's tensor is both. Which errors a
  /// tower throws, what lives in a type and whether a method mutates it are the tower's own affair.
  private func shared(_ declaration: String) -> String {
    declaration.replacing(/\bVariable\b/, with: "Tensor")
      .replacing(/\ throws(?:\([A-Za-z]+\))?(\ ->|$)/) { String($0.output.1) }
      .replacing(/\b(?:mutating|static)\ /, with: "")
  }
}
