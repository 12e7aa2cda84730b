import Dispatch
import LeRobotCore
import LeRobotData
import LeRobotLogging
import Synchronization

/// Keeps the first batch of a process as pictures: what the policy saw, after transforms and crops.
///
/// No other batch is looked at, so none stays in memory.
final class FirstBatchObserver: RunObserver {
  private struct State {
    var isDone = false
    var pictures: [FirstBatchPicture] = []
  }

  private let cameras: [String]
  private let output: RunDirectory
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "first batch", qos: .utility)

  /// How good the pictures are, of 100.
  private static let quality = 85

  /// - Parameters:
  ///   - cameras: the names of the policy's pictures, in its order.
  ///   - warn: is told, in a line, where the pictures cannot be written.
  init(
    cameras: [String], _ output: RunDirectory, warn: @escaping @Sendable (String) -> Void
  ) {
    (self.cameras, self.output, self.warn) = (cameras, output, warn)
  }

  /// Those of this process; empty until they are made.
  var pictures: [FirstBatchPicture] { state.withLock { $0.pictures } }

  func receive(_ event: RunEvent) {
    guard case .stepped(let record, let batch?) = event else { return }
    let isFirst = state.withLock { state in
      defer { state.isDone = true }
      return !state.isDone
    }
    guard isFirst else { return }
    let values = cameras.map { batch.values[$0] }
    queue.async { [self] in make(values, record.result.crops) }
  }

  func drain(within limit: Duration) -> Bool {
    queue.sync {}
    return true
  }

  private func make(_ values: [Batch.Value?], _ crops: [PictureCrop]) {
    var pictures: [FirstBatchPicture] = []
    for (index, value) in values.enumerated() {
      let crop = crops.count == 1 ? crops[0] : crops.indices.contains(index) ? crops[index] : nil
      guard let value, let sheet = ContactSheet.image(of: value, crop: crop),
        let jpeg = try? JPEGEncoder.encode(sheet, quality: Self.quality)
      else { continue }
      pictures.append(
        FirstBatchPicture(
          camera: cameras[index], jpeg: jpeg, width: sheet.width, height: sheet.height))
    }
    do throws(FileError) {
      if !pictures.isEmpty { try FirstBatchFiles.write(pictures, output) }
    } catch {
      warn("the first batch's pictures: \(error); training continues without them")
    }
    state.withLock { [pictures] in $0.pictures = pictures }
  }
}
