import Foundation
import LeRobotCore
import OrderedCollections

/// Statistics that were computed from a dataset, kept in a file for later runs: those of each feature
/// beside a stamp of what they were made of.
///
/// `statistics` in the file has the form of LeRobot's `stats.json`.
package struct KeptStatistics: Sendable {
  package let file: String
  /// Whether anything is added to the file.
  package let isKept: Bool

  package init(file: String, isKept: Bool = true) {
    (self.file, self.isKept) = (file, isKept)
  }

  /// What a warning says of a file that cannot be written.
  static let remark = "without it every start computes the statistics again"

  /// The statistics of some features; nil where those of one are not there, or were made of something
  /// else.
  ///
  /// - Parameter stamps: by feature, under its name in the dataset.
  func read(_ stamps: OrderedDictionary<String, String>) -> FeatureStatistics? {
    guard let (kept, statistics) = contents else { return nil }
    for (key, stamp) in stamps {
      guard kept[key]?.stringValue == stamp, let found = statistics[key],
        Histogram<Float>.quantiles.allSatisfy({ found[$0.name] != nil })
      else { return nil }
    }
    return statistics.filter { stamps[$0.key] != nil }
  }

  /// Adds statistics to those in the file.
  ///
  /// - Parameters:
  ///   - statistics: under the features' names in the dataset.
  ///   - stamps: what each was made of.
  func add(
    _ statistics: FeatureStatistics, _ stamps: OrderedDictionary<String, String>
  ) throws(FileError) {
    var (kept, all) = contents ?? ([:], [:])
    for (key, feature) in statistics {
      all[key] = feature
      kept[key] = stamps[key].map { .string($0) }
    }
    try FileSystem.createDirectory(FileSystem.parent(of: file) ?? ".")
    try Self.write(["made_of": .object(kept), "statistics": all.nested], to: file)
  }

  /// Stamps and statistics; nil where the file is not there or damaged.
  private var contents: (OrderedDictionary<String, JSONValue>, FeatureStatistics)? {
    guard let object = try? MetadataFile(path: file).object(),
      let stamps = object["made_of"]?.objectValue,
      let statistics = try? FeatureStatistics(object.object("statistics"))
    else { return nil }
    return (stamps, statistics)
  }

  /// Writes aside and renames, so that a file of this name is always whole, also where two programs
  /// write it at once.
  static func write(_ json: JSONValue, to file: String) throws(FileError) {
    let aside = "\(file).\(UUID().uuidString)"
    do throws(FileError) {
      try TextFile.write(json.pythonText(indent: 2) + "\n", to: aside)
      try FileSystem.rename(aside, to: file)
    } catch {
      try? FileSystem.remove(aside)
      throw error
    }
  }
}
