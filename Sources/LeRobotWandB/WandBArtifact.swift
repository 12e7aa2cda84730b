import Foundation
import LeRobotCore
import LeRobotHub
import LeRobotLogging

/// A checkpoint's weights as an artifact: one file, `model.safetensors`.
struct WandBArtifact {
  typealias Field = WandBField

  let name: String
  /// Of the checkpoint.
  let step: Int
  /// Where the file is, an absolute path.
  let file: String
  let size: Int
  /// MD5, in base 64.
  let fileDigest: String

  /// Reads the file for its digest.
  init(name: String, step: Int, file: String) throws {
    self.name = name
    self.step = step
    self.file = file
    let raw = try RawFile(reading: file)
    size = try raw.size()
    var digest = try Digest(.md5)
    try digest.update(raw, count: size)
    fileDigest = Data(digest.bytes()).base64EncodedString()
  }

  /// `policy_act-seed_1000-dataset_a_b-000400`: a name may hold neither `:` nor `/`.
  static func name(tags: [String], step: String) -> String {
    (tags + [step]).joined(separator: "-").replacingOccurrences(of: ":", with: "_")
      .replacingOccurrences(of: "/", with: "_")
  }

  func message(_ run: WandBRun) -> ProtobufMessage {
    var artifact = ProtobufMessage()
    artifact.add(Field.Artifact.runID, run.settings.runID)
    artifact.add(Field.Artifact.project, run.settings.project)
    if let entity = run.entity ?? run.settings.entity {
      artifact.add(Field.Artifact.entity, entity)
    }
    artifact.add(Field.Artifact.type, "model")
    artifact.add(Field.Artifact.name, name)
    artifact.add(Field.Artifact.digest, digest)
    artifact.add(Field.Artifact.aliases, "latest")
    artifact.add(Field.Artifact.manifest, manifest)
    artifact.add(Field.Artifact.finalize, true)
    artifact.add(Field.Artifact.clientID, WandBSettings.randomName(length: 128))
    artifact.add(Field.Artifact.sequenceClientID, WandBSettings.randomName(length: 128))
    return artifact
  }

  private var manifest: ProtobufMessage {
    var manifest = ProtobufMessage()
    manifest.add(Field.Manifest.version, 1)
    manifest.add(Field.Manifest.storagePolicy, "wandb-storage-policy-v1")
    manifest.add(Field.Manifest.storagePolicyConfig) { policy in
      policy.add(Field.StoragePolicyConfig.key, "storageLayout")
      policy.add(Field.StoragePolicyConfig.valueJSON, "\"V2\"")
    }
    manifest.add(Field.Manifest.contents) { entry in
      entry.add(Field.ManifestEntry.path, CheckpointLayout.weights)
      entry.add(Field.ManifestEntry.digest, fileDigest)
      entry.add(Field.ManifestEntry.size, size)
      entry.add(Field.ManifestEntry.localPath, file)
    }
    return manifest
  }

  /// MD5 over the version of the manifest and a line for each file.
  private var digest: String {
    let text = "wandb-artifact-manifest-v1\n\(CheckpointLayout.weights):\(fileDigest)\n"
    return (try? Digest.hexadecimal(.md5, of: text.utf8)) ?? ""
  }
}
