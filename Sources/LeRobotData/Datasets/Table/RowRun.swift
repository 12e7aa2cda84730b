/// Rows of a data file that follow each other there and in the table.
struct RowRun: Sendable, Equatable {
  var file: String
  /// Of the file.
  var rows: Range<Int>
  /// The table's row of the first one.
  var target: Int
}

extension RowRun {
  /// The run with another one that continues it, nil where it does not.
  private func joined(with next: RowRun) -> RowRun? {
    guard next.file == file, next.rows.lowerBound == rows.upperBound,
      next.target == target + rows.count
    else { return nil }
    return RowRun(file: file, rows: rows.lowerBound..<next.rows.upperBound, target: target)
  }

  /// Runs in the order of the table, made as long as they can be.
  static func merged(_ runs: [RowRun]) -> [RowRun] {
    runs.reduce(into: []) { result, run in
      if let longer = result.last?.joined(with: run) {
        result[result.count - 1] = longer
      } else {
        result.append(run)
      }
    }
  }
}

/// Where the rows of the selected episodes lie.
struct RowPlan: Sendable, Equatable {
  /// In the order of the table.
  let runs: [RowRun]

  /// The files that hold rows, each once, in the order of the table.
  var files: [String] {
    var seen: Set<String> = []
    return runs.map(\.file).filter { seen.insert($0).inserted }
  }
}

extension RowPlan {
  /// The file that holds a row of the table.
  func file(of row: Int) -> String? {
    runs.first { $0.target..<$0.target + $0.rows.count ~= row }?.file
  }
}

// MARK: - As meta/ says

extension RowPlan {
  /// The places that `meta/` gives.
  ///
  /// - Parameter episodes: the same episodes with their rows in the table.
  init(_ stored: [StoredEpisode], _ episodes: [Episode]) {
    runs = RowRun.merged(
      zip(stored, episodes).map { stored, episode in
        RowRun(
          file: stored.dataFile, rows: stored.firstRow..<stored.firstRow + stored.length,
          target: episode.rows.lowerBound)
      })
  }
}

// MARK: - As the rows say

extension RowPlan {
  /// The places of the rows whose `episode_index` names an episode, in the files that are there.
  ///
  /// Converters leave `meta/` behind what they wrote (an episode at the change of files, for
  /// instance). LeRobot reads all data files one after the other and so never notices.
  /// - Parameter files: in LeRobot's order; those that cannot be opened are passed over, as an
  ///   interrupted recording leaves one.
  /// - Throws: `DataError.wrongRowCount` where the files do not hold an episode's frames.
  init(
    searching files: [String], _ stored: [StoredEpisode], _ episodes: [Episode]
  ) throws(DataError) {
    var found: [Int: [FoundRun]] = [:]
    for file in files {
      guard let parquet = try? ParquetFile(path: file, isStreamed: true) else { continue }
      let columns = ["episode_index", "frame_index"]
      let known = Set(try parquet.columnNames())
      guard known.contains(columns[0]) else { continue }
      try parquet.readPieces(columns.filter(known.contains)) { batch, first throws(DataError) in
        let episodes = try batch.column(columns[0]).oneInARow().integers()
        let frames = try? batch.column(columns[1]).oneInARow().integers()
        FoundRun.collect(episodes, frames, from: first, of: file, into: &found)
      }
    }
    var runs: [RowRun] = []
    for (stored, episode) in zip(stored, episodes) {
      let own = found[stored.index] ?? []
      let count = own.reduce(0) { $0 + $1.run.rows.count }
      guard count == stored.length else {
        throw .wrongEpisodeLength(
          file: own.first?.run.file ?? stored.dataFile, episode: stored.index, found: count,
          expected: stored.length)
      }
      var target = episode.rows.lowerBound
      for var run in FoundRun.inOrder(own) {
        run.target = target
        target += run.rows.count
        runs.append(run)
      }
    }
    self.runs = RowRun.merged(runs)
  }
}

/// Rows of an episode, in a file, whose frames follow each other.
private struct FoundRun {
  var run: RowRun
  /// `frame_index` of the first one.
  var frame: Int64

  /// By frames; runs that begin with the same one stay in the order of the files.
  static func inOrder(_ runs: [FoundRun]) -> [RowRun] {
    runs.enumerated().sorted { ($0.element.frame, $0.offset) < ($1.element.frame, $1.offset) }
      .map(\.element.run)
  }

  /// Adds the rows of a piece to the runs of their episodes.
  static func collect(
    _ episodes: [Int64], _ frames: [Int64]?, from first: Int, of file: String,
    into found: inout [Int: [FoundRun]]
  ) {
    var start = 0
    while start < episodes.count {
      var end = start + 1
      while end < episodes.count, episodes[end] == episodes[start],
        frames.map({ $0[end] == $0[end - 1] &+ 1 }) ?? true
      {
        end += 1
      }
      let run = RowRun(file: file, rows: first + start..<first + end, target: 0)
      found[Int(episodes[start]), default: []].append(
        FoundRun(run: run, frame: frames?[start] ?? 0))
      start = end
    }
  }
}
