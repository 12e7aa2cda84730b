import LeRobotCore
import LeRobotHub

/// Uploads a checkpoint that is here already, ours or LeRobot's: `--upload=CHECKPOINT`.
package struct CheckpointUpload {
  private let request: UploadRequest
  private let environment: [String: String]
  private let events: RunEvents

  package init(_ request: UploadRequest, environment: [String: String], _ events: RunEvents) {
    (self.request, self.environment, self.events) = (request, environment, events)
  }

  /// - Returns: the repository's page.
  /// - Throws: `CheckpointError` where there is none, or `HubError`.
  package func run() throws -> String {
    let checkpoint = try Checkpoint.open(request.checkpoint)
    let hub = Hub(environment, .to(events))
    let client = try hub.client()
    let repository = try client.checkUpload(to: request.repository)
    let upload = PolicyUpload(
      client, repository, isPrivate: request.isPrivate, .to(events))
    return try upload.policy(
      in: checkpoint.pretrainedModel, card: card(of: checkpoint, repository.name))
  }

  /// The page's text; nil where somebody wrote one into the checkpoint.
  private func card(of checkpoint: Checkpoint, _ repository: String) throws -> String? {
    guard var card = try ModelCard(of: checkpoint) else { return nil }
    let written = try? TextFile.read("\(checkpoint.pretrainedModel)/\(CheckpointLayout.modelCard)")
    if let written, !card.isText(written) { return nil }
    card.repository = repository
    return card.text
  }
}
