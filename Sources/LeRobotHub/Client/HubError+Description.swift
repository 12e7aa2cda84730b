import Foundation
import LeRobotCore

extension HubError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noLibrary(let library, let reason):
      "\(library) cannot be opened (\(reason)); install the distribution's package for it"
    case .badEndpoint(let text):
      "HF_ENDPOINT: \(text) is no address of a server; give one like https://huggingface.co"
    case .badAddress(let text):
      "\(text) is no address; give one like https://server/file"
    case .badName(let name):
      "\(name) cannot be a repository's name on the hub; give OWNER/NAME of letters, digits, "
        + "'-', '_' and '.'"
    case .offline(let address):
      "HF_HUB_OFFLINE forbids to ask \(address.shown); unset it where there is a network"
    case .noAnswer, .endless, .busy, .answered, .notTheHub, .badRedirect, .changed:
      noUsableAnswer
    case .noRepository, .noRevision, .noFile, .noVersion, .otherContents: notThere
    case .gated, .badToken, .forbidden, .noToken, .noRight: notForUs
    case .unsafePath(let repository, let path):
      "\(repository): the hub names a file \(path.quotedForMessage), which would lie outside its "
        + "folder; nothing was written"
    case .wrongContents(let file, let reason):
      "\(file) arrived with other contents than the server says (\(reason)) and was not kept; try "
        + "again, and look for a proxy that changes files"
    case .file(let error): error.description
    case .noSpace(let folder, let needed, let free):
      "\(folder): \(formatBytes(needed)) are to be downloaded and \(formatBytes(free)) are free; "
        + "free some space, or choose another folder by HF_HOME or --dataset.root"
    }
  }

  private var noUsableAnswer: String {
    switch self {
    case .noAnswer(let address, let error): "\(address.shown): \(Self.text(of: error))"
    case .endless(let address): "\(address.shown): the answer does not end; \(Self.whichServer)"
    case .busy(let address, let status, _, let reason):
      "\(address.shown): the server answers \(status)\(reason.inBrackets) again and again; try later"
    case .answered(let address, let status, let reason):
      "\(address.shown): the server answers \(status)\(reason.inBrackets); \(Self.whichServer)"
    case .notTheHub(let address, let reason):
      "\(address.shown): \(reason), which is not how that server answers; \(Self.whichServer)"
    case .badRedirect(let address, let target):
      "\(address.shown): it sends on to \(target), where nothing is fetched from; "
        + Self.whichServer
    case .changed(let repository):
      "\(repository): somebody else changed it at the same time; try again"
    default: ""
    }
  }

  private var notThere: String {
    switch self {
    case .noRepository(let repository, let hasToken):
      "the hub has no \(repository.kind.rawValue) \(repository)"
        + (hasToken
          ? " that your token may read; check the name and the token's rights"
          : "; check the name, or, where it is private, set HF_TOKEN or run `hf auth login`")
    case .noRevision(let repository, let revision, let known):
      "\(repository): the hub has no revision \(revision)"
        + (known.isEmpty ? "" : ", only \(known.prefix(8).joined(separator: ", "))")
    case .noFile(let repository, let path, let revision):
      "\(repository): the hub has no file \(path) at revision \(revision)"
    case .noVersion(let repository, let known, let readable):
      "\(repository): the hub has it as \(known.joined(separator: ", ")), and this program reads "
        + "\(readable.joined(separator: ", ")); convert it with LeRobot 0.4.2, or name a revision by "
        + "--dataset.revision"
    case .otherContents(let repository, let path, let revision):
      "\(path): files of \(repository) are missing here, and this is not the hub's file of revision "
        + "\(revision); complete the dataset, or remove its folder to download it again"
    default: ""
    }
  }

  private var notForUs: String {
    switch self {
    case .gated(let repository, let page):
      "\(repository): its owner gives access on request only; ask for it at \(page) and set HF_TOKEN"
    case .badToken(let token):
      "the hub does not accept the token of \(token.place); make another at "
        + "https://huggingface.co/settings/tokens"
    case .forbidden(let address, let reason):
      "\(address.shown): not allowed\(reason.inBrackets); check the token's rights at "
        + "https://huggingface.co/settings/tokens"
    case .noToken:
      "uploading needs a token: set HF_TOKEN or run `hf auth login`, or leave the upload out by "
        + "--policy.push_to_hub=false"
    case .noRight(let repository, let reason):
      "the token may not write to \(repository): \(reason)"
    default: ""
    }
  }

  private static let whichServer = "check HF_ENDPOINT, the proxy and the network"

  private static func text(of error: HTTPError) -> String {
    switch error {
    case .noHost(let words):
      "no such server (\(words)); check the network and HF_ENDPOINT, or use what is on this machine "
        + "by HF_HUB_OFFLINE=1"
    case .noProxy(let words): "\(words); check the proxy in http_proxy and https_proxy"
    case .noConnection(let words), .cut(let words): "\(words); check the network and try again"
    case .timeout(let words):
      "\(words); check the network, or wait longer by HF_HUB_DOWNLOAD_TIMEOUT=60"
    case .tls(let words) where words.contains("expired") || words.contains("not yet valid"):
      "\(words); this machine's clock says \(Date().formatted(.iso8601)), set it if that is wrong"
    case .tls(let words):
      "\(words); name the file of your network's certificates by REQUESTS_CA_BUNDLE"
    case .ended: "ended by us"
    case .headTooLong, .other: "\(error.reason); \(whichServer)"
    case .file(let error): error.description
    }
  }
}

extension String {
  /// ` (text)`, or nothing where there is none.
  fileprivate var inBrackets: String { isEmpty ? "" : " (\(self))" }

  /// In quotes, on one line, and not too long.
  fileprivate var quotedForMessage: String { String(debugDescription.prefix(120)) }
}
