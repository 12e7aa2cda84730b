/// Writes a run's checkpoints so that none is ever half there: aside, synced, renamed; then `last`
/// is moved on by renaming a fresh link onto it.
///
/// A value of plain strings: it may work on any thread, one call at a time per run.
package struct CheckpointWriter: Sendable {
  /// The run's `checkpoints` folder.
  package let folder: String
  private let totalSteps: Int
  private let exchange: @Sendable (String, String) throws(FileError) -> Bool

  /// - Parameters:
  ///   - outputDirectory: the run's.
  ///   - totalSteps: `--steps`, by which names are padded.
  ///   - exchange: exchanges two folders; false where that cannot be done in one step.
  package init(
    outputDirectory: String, totalSteps: Int,
    exchange: @escaping @Sendable (String, String) throws(FileError) -> Bool = FileSystem.exchange
  ) {
    self.exchange = exchange
    folder = "\(FileSystem.trimmed(outputDirectory))/\(CheckpointLayout.checkpoints)"
    self.totalSteps = totalSteps
  }

  /// Where the checkpoint of a step lies.
  package func path(step: Int) -> String {
    "\(folder)/\(CheckpointLayout.name(step: step, totalSteps: totalSteps))"
  }

  /// Writes a checkpoint and points `last` at it; returns its path.
  ///
  /// - Throws: `CheckpointError.notWritten`; earlier checkpoints and `last` are then untouched.
  @discardableResult
  package func write(_ contents: CheckpointContents) throws(CheckpointError) -> String {
    let name = CheckpointLayout.name(step: contents.step, totalSteps: totalSteps)
    let aside = "\(folder)/\(CheckpointLayout.unfinished(name))"
    do throws(WeightError) {
      do throws(FileError) {
        try FileSystem.createDirectory(folder)
        try FileSystem.remove(aside)
        try contents.write(to: aside)
      } catch {
        throw .file(error)
      }
      try contents.confirm()
      do throws(FileError) {
        try move(aside, to: name)
        try point(CheckpointLayout.last, at: name)
      } catch {
        throw .file(error)
      }
    } catch {
      // Make room again; what cannot be removed now is removed by the next run's clean-up.
      try? FileSystem.remove(aside)
      throw .notWritten(checkpoint: path(step: contents.step), reason: error)
    }
    return path(step: contents.step)
  }

  /// Puts a finished checkpoint in its place. One that is there already is exchanged in one step, or,
  /// where the file system cannot do that, set aside under a name that readers know.
  private func move(_ aside: String, to name: String) throws(FileError) {
    let target = "\(folder)/\(name)"
    let replaced = "\(folder)/\(CheckpointLayout.replaced(name))"
    guard FileSystem.exists(target) else {
      try FileSystem.rename(aside, to: target)
      return try FileSystem.syncDirectory(folder)
    }
    if try exchange(aside, target) {
      do throws(FileError) {
        try FileSystem.syncDirectory(folder)
      } catch {
        _ = try exchange(aside, target)
        throw error
      }
    } else {
      try replace(target, by: aside, calling: replaced)
    }
    // What cannot be removed now is removed by the next run's clean-up.
    try? FileSystem.remove(aside)
    try? FileSystem.remove(replaced)
  }

  /// Two renames; where the second fails the first is taken back.
  private func replace(
    _ target: String, by aside: String, calling replaced: String
  ) throws(FileError) {
    try FileSystem.remove(replaced)
    try FileSystem.rename(target, to: replaced)
    do throws(FileError) {
      try FileSystem.rename(aside, to: target)
      try FileSystem.syncDirectory(folder)
    } catch {
      try? FileSystem.rename(target, to: aside)
      try FileSystem.rename(replaced, to: target)
      throw error
    }
  }

  private func point(_ link: String, at name: String) throws(FileError) {
    let fresh = "\(folder)/\(CheckpointLayout.unfinished(link))"
    try FileSystem.remove(fresh)
    try FileSystem.link(fresh, to: name)
    try FileSystem.rename(fresh, to: "\(folder)/\(link)")
    try FileSystem.syncDirectory(folder)
  }

  /// Points `best` at the checkpoint of a step and removes those of others, where they are there.
  ///
  /// - Parameters:
  ///   - step: nil leaves the link as it is.
  ///   - steps: whose checkpoints go, but for the one that `last` points at.
  package func select(best step: Int?, removing steps: [Int]) throws(CheckpointError) {
    do throws(FileError) {
      if let step {
        let name = CheckpointLayout.name(step: step, totalSteps: totalSteps)
        let link = "\(folder)/\(CheckpointLayout.best)"
        if FileSystem.isDirectory("\(folder)/\(name)"), FileSystem.linkTarget(link) != name {
          try point(CheckpointLayout.best, at: name)
        }
      }
      for step in steps { try remove(CheckpointLayout.name(step: step, totalSteps: totalSteps)) }
    } catch {
      throw .notRemoved(reason: error)
    }
  }

  /// Removes a checkpoint that no link points at. It is first renamed, so that one removed by half is
  /// never taken for a checkpoint.
  private func remove(_ name: String) throws(FileError) {
    let links = [CheckpointLayout.last, CheckpointLayout.best]
    let isPointedAt = links.contains { FileSystem.linkTarget("\(folder)/\($0)") == name }
    guard !isPointedAt, FileSystem.isDirectory("\(folder)/\(name)") else { return }
    let aside = "\(folder)/\(CheckpointLayout.unfinished(name))"
    try FileSystem.remove(aside)
    try FileSystem.rename("\(folder)/\(name)", to: aside)
    try FileSystem.remove(aside)
  }

  /// Removes all but the newest checkpoints, counted back from one that was just written; those of
  /// later steps, which an earlier run left, stay until they are written again. `last` and `best` stay.
  ///
  /// - Parameter spared: steps whose checkpoints stay whatever their age.
  package func removeOld(
    keeping count: Int, upTo step: Int, sparing spared: Set<Int> = []
  ) throws(CheckpointError) {
    do throws(FileError) {
      let steps = CheckpointLayout.newestFirst(try FileSystem.list(folder))
        .filter { $0.step <= step }
      for (step, name) in steps.dropFirst(max(1, count)) where !spared.contains(step) {
        try remove(name)
      }
    } catch {
      throw .notRemoved(reason: error)
    }
  }

  /// Clears away what a killed run left half done; to be called before a run writes.
  package func cleanUp() throws(CheckpointError) {
    guard FileSystem.isDirectory(folder) else { return }
    do throws(FileError) {
      for name in try FileSystem.list(folder) where name.hasPrefix(".") {
        if name.hasPrefix(CheckpointLayout.unfinished("")) {
          try FileSystem.remove("\(folder)/\(name)")
        } else if name.hasPrefix(CheckpointLayout.replaced("")) {
          try putBack(name)
        }
      }
    } catch {
      throw .file(error)
    }
  }

  /// A replaced checkpoint is only still there where its successor may not be.
  private func putBack(_ name: String) throws(FileError) {
    let original = "\(folder)/\(name.dropFirst(CheckpointLayout.replaced("").count))"
    if FileSystem.exists(original) {
      try FileSystem.remove("\(folder)/\(name)")
    } else {
      try FileSystem.rename("\(folder)/\(name)", to: original)
    }
  }
}

extension CheckpointContents {
  /// Writes every file into a new folder, and waits until all of it is on the disk.
  fileprivate func write(to folder: String) throws(FileError) {
    let pretrained = "\(folder)/\(CheckpointLayout.pretrainedModel)"
    try FileSystem.createDirectory(pretrained)
    try writePolicy(to: pretrained)
    try FileSystem.syncDirectory(pretrained)
    if let averagedWeights {
      let averaged = "\(folder)/\(CheckpointLayout.averagedModel)"
      try FileSystem.createDirectory(averaged)
      try writePolicy(to: averaged, weights: averagedWeights)
      try FileSystem.syncDirectory(averaged)
    }
    let training = "\(folder)/\(CheckpointLayout.trainingState)"
    try FileSystem.createDirectory(training)
    try trainingState.write(to: training)
    try FileSystem.syncDirectory(training)
    try FileSystem.syncDirectory(folder)
  }

  /// Writes the policy's own files into a folder that is there.
  ///
  /// - Parameter weights: by default those of the training.
  package func writePolicy(to folder: String, weights: NamedTensors? = nil) throws(FileError) {
    try TextFile.write(policyConfig, to: "\(folder)/\(CheckpointLayout.policyConfig)")
    try TextFile.write(trainConfig, to: "\(folder)/\(CheckpointLayout.trainConfig)")
    try SafetensorsWriter.write(
      weights ?? self.weights, to: "\(folder)/\(CheckpointLayout.weights)",
      metadata: tiedNames.isEmpty ? nil : tiedNames)
    if let modelCard {
      try TextFile.write(modelCard, to: "\(folder)/\(CheckpointLayout.modelCard)")
    }
    for pipeline in [processors.preprocessor, processors.postprocessor] {
      try TextFile.write(pipeline.jsonText, to: "\(folder)/\(pipeline.fileName)")
      for (name, tensors) in pipeline.stateFiles {
        try SafetensorsWriter.write(tensors, to: "\(folder)/\(name)")
      }
    }
  }
}
