/// How an answer is sent: a fault taken apart.
struct Delivery {
  /// What happens where the body is cut short.
  enum Ending { case cut, stall }

  var answer: Response?
  var disconnects = false
  var losesAnswer = false
  var stalls = false
  var bodyLimit: Int?
  var ending = Ending.cut
  var uploadLimit: Int?
  var bytesPerSecond: Int?
  var isEndless = false
  var flippedByte: Int?
  var declaredLength: Int?
  private var kilobytesOfHeaders = 0
  private var hostilePaths: [String] = []
  private var link: String?

  init(_ fault: Fault?) {
    if let fault { add(fault) }
  }

  private mutating func add(_ fault: Fault) {
    switch fault {
    case .answer(let status, let headers, let body):
      var response = Response(status: status, body: .bytes(Array(body.utf8)))
      response.headers = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
      answer = response
    case .redirect(let address, let status):
      answer = Response.text("Redirecting", status: status).with("Location", address)
    case .disconnect: disconnects = true
    case .stall: stalls = true
    case .loseAnswer: losesAnswer = true
    case .cut(let count): (bodyLimit, ending) = (count, .cut)
    case .stallAfter(let count): (bodyLimit, ending) = (count, .stall)
    case .cutUpload(let count): uploadLimit = count
    case .slow(let pace): bytesPerSecond = max(1, pace)
    case .endless: isEndless = true
    case .hugeHeaders(let kilobytes): kilobytesOfHeaders += kilobytes
    case .flipByte(let index): flippedByte = index
    case .wrongLength(let length): declaredLength = length
    case .hostilePaths(let paths): hostilePaths += paths
    case .link(let value): link = value
    case .all(let faults): faults.forEach { add($0) }
    }
  }

  /// The answer with the headers and paths that faults add.
  func adjusted(_ response: Response) -> Response {
    var result = response
    if let link { result = result.with("Link", link) }
    for number in 0..<kilobytesOfHeaders {
      result.headers.append(("X-Padding-\(number)", String(repeating: "x", count: 1000)))
    }
    return result
  }

  /// Hostile entries of a tree.
  var treeEntries: [JSON] {
    let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    return hostilePaths.map {
      ["type": "file", "oid": .string(empty), "size": 0, "path": .string($0)]
    }
  }

  /// Hostile siblings of a repository.
  var siblings: [JSON] { hostilePaths.map { ["rfilename": .string($0)] } }
}
