import LeRobotCore

/// Where the hub is, and how this machine talks to it.
package struct HubSettings: Sendable {
  /// The hub's address, without a slash at its end.
  package let endpoint: HTTPAddress
  /// Nothing is asked of any server.
  package let isOffline: Bool
  package let folders: CacheFolders
  package let network: NetworkSettings
  /// Pauses between tries, in seconds.
  package var pauses: [Double] = [1, 2, 4, 8]
  /// Between the tries of an upload, which may be the end of days of training.
  package static let patientPauses: [Double] = [1, 2, 4, 8, 15, 30, 60]
  /// No server is waited for longer, whatever it asks for.
  package var longestPause = 300.0
  private let tokens: TokenPlaces

  /// Reads huggingface_hub's variables.
  ///
  /// - Throws: `HubError.badEndpoint`.
  package init(_ variables: [String: String]) throws(HubError) {
    let address = variables["HF_ENDPOINT"].flatMap { $0.isEmpty ? nil : $0 }
    let text = FileSystem.trimmed(address ?? "https://huggingface.co")
    guard let endpoint = HTTPAddress(text) else {
      // A password in it is nobody's business.
      throw .badEndpoint(text.replacing(#/\/\/[^\/@]*@/#, with: "//…@"))
    }
    self.endpoint = endpoint
    isOffline =
      Self.isSet(variables["HF_HUB_OFFLINE"]) || Self.isSet(variables["TRANSFORMERS_OFFLINE"])
    folders = CacheFolders(variables)
    network = NetworkSettings(variables)
    tokens = TokenPlaces(variables, folders)
  }

  /// As huggingface_hub reads a switch.
  static func isSet(_ value: String?) -> Bool {
    ["1", "ON", "YES", "TRUE"].contains(value?.uppercased())
  }

  /// The token to send where the hub is asked for files; read from its file at each call.
  func tokenForReading() -> HubToken? { tokens.isImplicit ? tokens.find() : nil }

  /// The token to send where something is changed on the hub.
  package func tokenForWriting() -> HubToken? { tokens.find() }

  /// Below the hub's address.
  func address(_ path: String) throws(HubError) -> HTTPAddress {
    let text = endpoint.description + path
    guard let address = HTTPAddress(text) else { throw .badEndpoint(text) }
    return address
  }
}

/// What proves who asks. It is never shown.
package struct HubToken: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  let text: String
  /// The variable or the file it was read from.
  package let place: String

  package var description: String { "(the token of \(place))" }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// A server's words without the token, which it may repeat.
  func hidden(in text: String) -> String { text.replacing(self.text, with: "(the token)") }
}

/// Where a token is looked for (huggingface_hub `utils/_auth.py`).
private struct TokenPlaces: Sendable {
  let variables: [HubToken]
  let file: String
  /// Whether the token may be sent without being asked for.
  let isImplicit: Bool

  init(_ variables: [String: String], _ folders: CacheFolders) {
    self.variables = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].compactMap { name in
      Self.cleaned(variables[name]).map { HubToken(text: $0, place: name) }
    }
    file = folders.tokenFile
    isImplicit = !HubSettings.isSet(variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"])
  }

  func find() -> HubToken? {
    if let token = variables.first { return token }
    let text = Self.cleaned(try? TextFile.read(file))
    return text.map { HubToken(text: $0, place: file) }
  }

  /// Without the line ends that come with copying; nil where nothing is left, or where it could not
  /// be a header.
  private static func cleaned(_ text: String?) -> String? {
    let cleaned = (text ?? "").filter { !$0.isWhitespace }
    return cleaned.isEmpty || !cleaned.allSatisfy(\.isASCII) ? nil : cleaned
  }
}
