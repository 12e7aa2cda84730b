import LeRobotCore

/// What can go wrong between here and the hub.
package enum HubError: Error, Equatable {
  case noLibrary(_ library: String, reason: String)
  case badEndpoint(String)
  case badAddress(String)
  case badName(String)
  /// No server may be asked.
  case offline(HTTPAddress)

  // No answer, or one that cannot be used.
  case noAnswer(from: HTTPAddress, HTTPError)
  case endless(from: HTTPAddress)
  case busy(HTTPAddress, status: Int, pause: Double?, reason: String)
  case answered(HTTPAddress, status: Int, reason: String)
  /// Not what the hub answers: a page to log in to a network, another server.
  case notTheHub(HTTPAddress, reason: String)
  case badRedirect(from: HTTPAddress, to: String)
  case changed(HubRepository)

  // What was asked for is not there, or not for us.
  case noRepository(HubRepository, hasToken: Bool)
  case noRevision(HubRepository, revision: String, known: [String])
  case noFile(HubRepository, path: String, revision: String)
  case noVersion(HubRepository, known: [String], readable: [String])
  /// A file here is not the one that the hub has.
  case otherContents(HubRepository, path: String, revision: String)
  case gated(HubRepository, page: String)
  case badToken(HubToken)
  case forbidden(HTTPAddress, reason: String)
  case noToken
  case noRight(HubRepository, reason: String)

  // Contents.
  case unsafePath(HubRepository, path: String)
  case wrongContents(of: String, reason: String)
  case file(FileError)
  case noSpace(folder: String, needed: Int, free: Int)
}

extension HubError {
  /// Whether another try may succeed.
  var isPassing: Bool {
    switch self {
    case .noAnswer(_, let error): error.isPassing
    case .busy: true
    default: false
    }
  }

  /// Whether the server understood, and will not do it.
  var isRefusal: Bool {
    switch self {
    case .forbidden: true
    case .answered(_, let status, _): (400..<500).contains(status)
    default: false
    }
  }

  /// Whether there is no answer at all.
  var isUnreachable: Bool {
    if case .noAnswer = self { true } else { false }
  }

  /// What happened, without a remedy.
  var failure: String {
    switch self {
    case .noAnswer(let address, let error): "\(address.shown): \(error.reason)"
    case .busy(let address, let status, _, _): "\(address.shown): the server answers \(status)"
    default: description
    }
  }

  /// The seconds that the server asks to wait.
  var pause: Double? {
    if case .busy(_, _, let pause, _) = self { pause } else { nil }
  }
}
