import Foundation

/// Weights that somebody trained before. Those of a vision backbone come from a file, or by torchvision's
/// name from the folder where torch keeps downloads, into which a missing one is downloaded (torch `hub.py`,
/// `load_state_dict_from_url`); those of a language model from a folder, the hub's cache or the hub.
package struct PretrainedWeights: Sendable {
  /// Downloads a file whose SHA-256 begins with some digits.
  package typealias Download =
    @Sendable (_ address: String, _ digits: String, _ target: String) throws(RemoteFileError) ->
    Void
  /// Finds the folder that holds a model's files, downloaded if need be.
  package typealias Folder = @Sendable (RepositoryName) throws(RemoteFileError) -> String

  /// Replaces torchvision's address, for a mirror.
  package static let addressVariable = "LEROBOT_TORCHVISION_URL"

  private let folders: CacheFolders
  private let server: String
  private let download: Download
  private let folder: Folder

  /// - Parameters:
  ///   - environment: `TORCH_HOME`, `XDG_CACHE_HOME` and `HOME` say where downloads are kept,
  ///     `LEROBOT_TORCHVISION_URL` where they come from.
  ///   - folder: of the hub's models.
  ///   - download: leaves whole files only.
  package init(
    environment: [String: String], folder: @escaping Folder = NoRemoteFiles().policyFolder,
    download: @escaping Download
  ) {
    folders = CacheFolders(environment)
    server = FileSystem.trimmed(environment[Self.addressVariable] ?? TorchvisionWeights.address)
    self.download = download
    self.folder = folder
  }

  /// Opens what a part of a new policy starts from.
  package func load(_ part: PretrainedPart) throws(PretrainedError) -> any WeightSource {
    switch part.source {
    case .torchvision(let specification): return try load(specification)
    case .hub(let name):
      do {
        return try SafetensorsWeights(folder: modelFolder(name), name: CheckpointLayout.weights)
      } catch {
        throw .model(name: name, option: part.option, reason: "\(error)")
      }
    }
  }

  private func modelFolder(_ name: String) throws(RemoteFileError) -> String {
    let path = folders.expanded(name)
    if FileSystem.isDirectory(path) { return path }
    guard let repository = RepositoryName(name) else {
      throw RemoteFileError("there is no such folder, and it is no name of a repository")
    }
    return try folder(repository)
  }

  /// Opens a state dictionary.
  ///
  /// - Parameter specification: a `.pth` or `.safetensors` file, or
  ///   `ResNet18_Weights.IMAGENET1K_V1`.
  package func load(_ specification: String) throws(PretrainedError) -> any WeightSource {
    if let file = TorchvisionWeights.file(specification) { return try Self.open(cached(file)) }
    let path = folders.expanded(specification)
    guard FileSystem.exists(path), !FileSystem.isDirectory(path) else {
      throw .unknown(specification: specification)
    }
    return try Self.open(path)
  }

  /// Where one of torchvision's files lies in torch's cache folder, downloaded if it was not there.
  ///
  /// - Parameter file: its name, which ends in the first digits of its SHA-256.
  package func cached(_ file: String) throws(PretrainedError) -> String {
    let target = "\(folders.torchWeights)/\(file)"
    if FileSystem.exists(target) { return target }
    do throws(RemoteFileError) {
      try download("\(server)/\(file)", TorchvisionWeights.checksumPrefix(file) ?? "", target)
    } catch {
      throw .downloadFailed(target: target, reason: error.description)
    }
    return target
  }

  private static func open(_ path: String) throws(PretrainedError) -> any WeightSource {
    if path.hasSuffix(".safetensors") {
      do throws(SafetensorsError) {
        return SafetensorsWeights(file: try SafetensorsFile(path: path))
      } catch {
        throw .safetensors(error)
      }
    }
    do throws(TorchFileError) {
      return try TorchFile(path: path)
    } catch {
      throw .torchFile(error)
    }
  }
}
