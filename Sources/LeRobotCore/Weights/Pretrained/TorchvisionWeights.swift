/// Torchvision's released backbone weights, by the names its enums give them
/// (torchvision `models/resnet.py`, `ResNet18_Weights` and its kin).
enum TorchvisionWeights {
  /// Where torchvision keeps its files.
  static let address = "https://download.pytorch.org/models"

  /// File names end in the first eight digits of the file's SHA-256.
  private static let files: [String: [(name: String, file: String)]] = [
    "ResNet18": [("IMAGENET1K_V1", "resnet18-f37072fd.pth")],
    "ResNet34": [("IMAGENET1K_V1", "resnet34-b627a593.pth")],
    "ResNet50": [
      ("IMAGENET1K_V1", "resnet50-0676ba61.pth"), ("IMAGENET1K_V2", "resnet50-11ad3fa6.pth"),
    ],
    "ResNet101": [
      ("IMAGENET1K_V1", "resnet101-63fe2227.pth"), ("IMAGENET1K_V2", "resnet101-cd907fc2.pth"),
    ],
    "ResNet152": [
      ("IMAGENET1K_V1", "resnet152-394f9c45.pth"), ("IMAGENET1K_V2", "resnet152-f82ba261.pth"),
    ],
  ]

  /// The file of `ResNet18_Weights.IMAGENET1K_V1`; `DEFAULT` is a model's newest. nil for names
  /// torchvision does not have.
  static func file(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].hasSuffix("_Weights"),
      let releases = files[String(parts[0].dropLast("_Weights".count))]
    else { return nil }
    return parts[1] == "DEFAULT"
      ? releases.last?.file : releases.first { $0.name == parts[1] }?.file
  }

  /// The digits of the SHA-256 in a file's name (torch `hub.py`, `HASH_REGEX`).
  static func checksumPrefix(_ file: String) -> String? {
    file.split(separator: "-").last?.split(separator: ".").first.map(String.init)
  }
}
