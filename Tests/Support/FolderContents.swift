import Foundation

/// Every file below a folder by its relative path, links as what they point at.
package func contents(of folder: String) throws -> [String: Data] {
  var result: [String: Data] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
    let path = "\(folder)/\(name)"
    let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    if type == .typeSymbolicLink {
      result[name] = Data(try FileManager.default.destinationOfSymbolicLink(atPath: path).utf8)
    } else if type == .typeRegular {
      result[name] = try Data(contentsOf: URL(filePath: path))
    }
  }
  return result
}
