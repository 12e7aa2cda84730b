import Dispatch
import LeRobotCore
import LeRobotHub
import Synchronization

/// What a run uploads: its checkpoints while it trains, one at a time, and its policy at the end.
///
/// A checkpoint that is done while another is on its way waits; a newer one takes its place, so that a
/// slow network holds up neither the training nor the newest checkpoint.
final class RunUploads: RunObserver {
  private struct State {
    var waiting: WrittenCheckpoint?
    var isBusy = false
    var failure: String?
    /// Where to, once the hub has said that it may be.
    var repository: HubRepository?
  }

  private let request: RunRequest
  private let hub: Hub
  private let events: RunEvents
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "uploads")
  private let underWay = DispatchGroup()
  /// Whether no server may be asked: then nothing is tried.
  let isOffline: Bool

  private var common: PolicyCommon { request.policy.common }

  /// Finds out whether the upload will be possible, so that nobody learns after hours that it is not.
  ///
  /// - Returns: nil for a run that uploads nothing.
  /// - Throws: `HubError` where the token, the name or the right to write is missing. A hub that cannot
  ///   be reached now is a warning.
  init?(_ request: RunRequest, _ hub: Hub, _ events: RunEvents) throws(HubError) {
    let common = request.policy.common
    guard common.pushesToHub || request.options.uploadsCheckpoints,
      let name = common.repositoryID
    else { return nil }
    (self.request, self.hub, self.events) = (request, hub, events)
    let client = try hub.client()
    isOffline = client.settings.isOffline
    do throws(HubError) {
      let repository = try client.checkUpload(to: name)
      state.withLock { $0.repository = repository }
    } catch {
      switch error {
      case .offline:
        events.warning(
          "HF_HUB_OFFLINE is set: nothing is uploaded to \(name); the end of the run says how to do "
            + "it later")
      case .noAnswer, .busy:
        events.warning("\(error); it is tried again when there is something to upload to \(name)")
      default: throw error
      }
    }
  }

  // MARK: - Checkpoints

  func receive(_ event: RunEvent) {
    guard request.options.uploadsCheckpoints, !isOffline, case .saved(let checkpoint) = event
    else { return }
    let begins = state.withLock { state in
      state.waiting = checkpoint
      defer { state.isBusy = true }
      return !state.isBusy
    }
    if begins { queue.async(group: underWay) { [self] in uploadWaiting() } }
  }

  private func uploadWaiting() {
    while let checkpoint = nextWaiting() {
      let name = FileSystem.name(of: checkpoint.path)
      do throws(HubError) {
        let copy = UploadCopy(of: checkpoint.path, in: request.config.outputDirectory ?? ".")
        defer { copy.remove() }
        try uploader(TransferReports()).checkpoint(in: copy.folder, named: name)
        state.withLock { $0.failure = nil }
        events.info("Checkpoint \(name) is on the hub, in \(common.repositoryID ?? "")")
      } catch {
        let reason = "checkpoint \(name) could not be uploaded: \(error)"
        state.withLock { $0.failure = reason }
        events.warning("\(reason); training continues")
      }
    }
  }

  private func nextWaiting() -> WrittenCheckpoint? {
    state.withLock { state in
      defer { state.waiting = nil }
      state.isBusy = state.waiting != nil
      return state.waiting
    }
  }

  private func uploader(_ reports: TransferReports) throws(HubError) -> PolicyUpload {
    let client = try hub.client()
    let repository: HubRepository
    if let known = state.withLock({ $0.repository }) {
      repository = known
    } else {
      repository = try client.checkUpload(to: common.repositoryID ?? "")
      state.withLock { $0.repository = repository }
    }
    return PolicyUpload(client, repository, isPrivate: common.isPrivate, reports)
  }

  // MARK: - The end

  /// Waits for the checkpoint under way and uploads the policy.
  ///
  /// - Parameters:
  ///   - folder: the trained policy's; nil where the run did not come to its end.
  ///   - card: the text of its page.
  ///   - command: uploads it later.
  /// - Returns: what could not be uploaded, each a line; empty where everything was.
  func finish(policy folder: String?, card: String, later command: String) -> [String] {
    if isOffline { return [] }
    events.info("Uploading to \(common.repositoryID ?? ""); if that is interrupted: \(command)")
    underWay.wait()
    var failures: [String] = []
    if request.options.uploadsCheckpoints, let failure = state.withLock({ $0.failure }) {
      failures.append(failure)
    }
    guard common.pushesToHub, let folder else { return failures }
    do throws(HubError) {
      let page = try uploader(.to(events)).policy(in: folder, card: card)
      events.info("Model pushed to \(page)")
    } catch {
      failures.append("the policy could not be uploaded: \(error)")
    }
    return failures
  }
}

/// A checkpoint's files under further names, so that it can be uploaded while the run removes it.
private struct UploadCopy {
  /// Where the files can be read; the checkpoint itself where the disk has no further names.
  let folder: String
  private let copy: String?

  init(of checkpoint: String, in output: String) {
    let copy = "\(output)/.uploading"
    do throws(FileError) {
      try FileSystem.remove(copy)
      try FileSystem.linkFiles(of: checkpoint, to: copy)
      (folder, self.copy) = (copy, copy)
    } catch {
      try? FileSystem.remove(copy)
      (folder, self.copy) = (checkpoint, nil)
    }
  }

  func remove() {
    if let copy { try? FileSystem.remove(copy) }
  }
}
