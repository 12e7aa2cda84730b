import Foundation
import LeRobotCore
import LeRobotText

extension ResourceStore {
  /// The models that lie in folders, which are named as from the repository's folder, with their tokenizers;
  /// for π₀ and π₀.₅ the sizes of `Fixtures/models/pi_narrow` and the tokenizer beside it.
  package static let repository: ResourceStore = {
    var store = folders
    store.sizes = try? JSONValue(parsing: TextFile.read(place(TrainingProgram.narrowPISizes)))
    return store
  }()

  private static let folders = ResourceStore(
    encoder: { (name) throws(ProcessorError) in
      try TokenizerStore(TokenizerSource(CacheFolders([:]), NoRemoteFiles())).encoder(place(name))
    },
    find: { (file, name) throws(RemoteFileError) in
      let path = "\(place(name))/\(file)"
      return FileSystem.size(of: path).map { _ in path }
    })

  private static func place(_ name: String) -> String {
    let isPaliGemma = name == "google/paligemma-3b-pt-224"
    return URL(
      filePath: isPaliGemma ? TrainingProgram.tinyGemma : name, relativeTo: RepositoryFiles.root
    ).path
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
