import Foundation
import LeRobotCore
import LeRobotText

extension ResourceStore {
  /// The models that lie in folders, which are named as from the repository's folder, with their tokenizers.
  package static let repository = ResourceStore(
    encoder: { (name) throws(ProcessorError) in
      try TokenizerStore(TokenizerSource(CacheFolders([:]), NoRemoteFiles())).encoder(place(name))
    },
    find: { (file, name) throws(RemoteFileError) in
      let path = "\(place(name))/\(file)"
      return FileSystem.size(of: path).map { _ in path }
    })

  private static func place(_ name: String) -> String {
    URL(filePath: name, relativeTo: RepositoryFiles.root).path
  }
}

extension PolicyConfig {
  /// The policy of a checkpoint, with what its models' files say.
  package init(of checkpoint: Checkpoint) throws {
    let json = try JSONValue(parsing: checkpoint.policyConfig())
    guard var policy = PolicyConfig(canonical: json) else {
      throw MissingGolden(name: checkpoint.pretrainedModel, key: "a policy")
    }
    try policy.value.readParts(.repository)
    self = policy
  }
}
