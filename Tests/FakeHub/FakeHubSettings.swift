/// How a hub behaves where real ones differ, and where a test wants small numbers.
package struct FakeHubSettings: Sendable {
  /// Entries on one page of a tree or of a list of commits.
  package var pageSize = 1000
  /// An object of more bytes than this is uploaded in parts.
  package var multipartThreshold = 64 << 20
  /// Bytes of every part but the last.
  package var partSize = 16 << 20
  /// Files that are LFS objects whatever their size.
  package var lfsExtensions: Set<String> = ["safetensors", "mp4", "parquet", "bin", "pth"]
  /// A file of more bytes than this is an LFS object whatever its name.
  package var regularLimit = 10 << 20
  /// LFS files carry an `X-Xet-Hash`, which a client without xet ignores.
  package var announcesXet = false
  /// Regular files answer with a relative redirect first, as huggingface.co does since 2025.
  package var usesResolveCache = false
  /// Repositories that a client creates begin with a `.gitattributes`, as on huggingface.co.
  package var addsGitAttributes = true
  /// The addresses under `/-/` let a script set faults and read records.
  package var hasControl = false
  /// Called once for each request, after its answer; on the connection's thread.
  package var log: (@Sendable (ReceivedRequest) -> Void)?

  package init() {}

  /// Whether a file with this name and size is stored as an LFS object.
  func isLFS(path: String, size: Int) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last
    return size > 0 && (size > regularLimit || lfsExtensions.contains(String(ending ?? "")))
  }
}
