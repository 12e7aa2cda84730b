/// Why a request is not read to its end. The connection ends with the answer, because where the next
/// request would begin is not known.
enum HTTPRefusal: Error {
  case malformed
  case headTooLarge
  /// No address of this server takes a body.
  case hasBody
  case hasTransferEncoding
  case unknownVersion
  case tooManyConnections

  var response: HTTPResponse {
    switch self {
    case .malformed: .text(.badRequest, "This is no HTTP request.\n")
    case .headTooLarge: .text(.headTooLarge, "The request's head is too large.\n")
    case .hasBody: .text(.bodyTooLarge, "This server takes no bodies.\n")
    case .hasTransferEncoding: .text(.badRequest, "This server takes no bodies.\n")
    case .unknownVersion: .text(.versionNotSupported, "This server speaks HTTP/1.1.\n")
    case .tooManyConnections:
      .text(.unavailable, "Too many connections; close some pages of this server.\n")
    }
  }
}
