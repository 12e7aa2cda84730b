import Fast
import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs
import LeRobotHub
import LeRobotLogging
import LeRobotText
import Support
import Testing

/// Every error of the program is one line that says what is wrong and where.
///
/// Each enum's cases are read from its source, so that a new case without a sample here fails.
struct ErrorPropertyTests {
  /// The names of an enum's cases, as its source declares them.
  private static func cases(of type: String, in file: String) throws -> [String] {
    let source = try String(
      contentsOf: RepositoryFiles.root.appending(path: "Sources/\(file)"), encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(
      lines.firstIndex { $0.contains("enum \(type): ") }, "\(file) has no \(type)")
    let body = lines[(start + 1)...].prefix { $0 != "}" }
    return body.compactMap { line in
      line.firstMatch(of: /^  (indirect )?case (?<name>\w+)/).map { String($0.name) }
    }
  }

  private func check<Problem: Error & CustomStringConvertible>(
    _ file: String, _ samples: KeyValuePairs<String, Problem>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let declared = try Self.cases(of: "\(Problem.self)", in: file)
    #expect(!declared.isEmpty, sourceLocation: sourceLocation)
    #expect(
      Set(samples.map(\.key)) == Set(declared), "a sample for each case",
      sourceLocation: sourceLocation)
    for (name, error) in samples {
      let label = Mirror(reflecting: error).children.first?.label
      #expect(label == nil || label == name, sourceLocation: sourceLocation)
      let text = error.description
      #expect(!text.contains("\n") && text.count > 15, "\(text)", sourceLocation: sourceLocation)
      #expect(
        text.contains(": ") || text.contains("; ") || text.contains("--") || text.contains(" ("),
        "\(text)", sourceLocation: sourceLocation)
    }
  }

  @Test func errorsOfDatasets() throws {
    try check(
      "LeRobotData/DataError.swift",
      [
        "datasetNotFound": DataError.datasetNotFound(path: "p", reason: nil),
        "notADataset": .notADataset(path: "p"),
        "unknownVersion": .unknownVersion(file: "f", version: "v"),
        "otherLayout": .otherLayout(file: "f", version: "v3.0", found: "v2.1"),
        "unknownCamera": .unknownCamera(name: "n", cameras: ["c"]),
        "unknownCamera": .unknownCamera(name: "n", cameras: []),
        "streamingUnsupported": .streamingUnsupported,
        "unknownVideoBackend": .unknownVideoBackend("b"),
        "missingEpisode": .missingEpisode(episode: 1, count: 1),
        "noEpisodes": .noEpisodes(path: "p"),
        "noThread": .noThread(worker: 1, count: 2, reason: "r"),
        "datasetNotFound": .datasetNotFound(path: "p", reason: "r; do it"),
        "notFetched": .notFetched(file: "f", reason: "r; do it"),
        "noArrow": .noArrow(reason: "r"),
        "missingFile": .missingFile(file: "f", episode: nil),
        "missingFile": .missingFile(file: "f", episode: 1),
        "missingVideo": .missingVideo(file: "f", episode: 1, camera: "c"),
        "unreadable": .unreadable(file: "f", reason: "r"),
        "notReadable": .notReadable(file: "f", reason: "r"),
        "malformed": .malformed(file: "f", reason: "r"),
        "notWritable": .notWritable(file: "f", reason: "r"),
        "lfsPointer": .lfsPointer(file: "f"), "noFooter": .noFooter(file: "f"),
        "findings": .findings(["f: something is wrong"]),
        "missingColumn": .missingColumn(file: "f", column: "c"),
        "wrongType": .wrongType(file: "f", column: "c", found: "a", expected: "b"),
        "wrongWidth": .wrongWidth(file: "f", column: "c", row: 1, found: 2, expected: 3),
        "missingValue": .missingValue(file: "f", column: "c", row: 1),
        "wrongRowCount": .wrongRowCount(file: "f", found: 1, expected: 2),
        "wrongEpisode": .wrongEpisode(file: "f", row: 1, found: 2, expected: 3),
        "wrongOrder": .wrongOrder(file: "f", row: 1, episode: 2),
        "wrongEpisodeLength": .wrongEpisodeLength(file: "f", episode: 1, found: 2, expected: 3),
        "noFFmpeg": .noFFmpeg(reason: "r"),
        "truncatedVideo": .truncatedVideo(file: "f", frame: 1, needed: 2, size: 1),
        "tooFewFrames": .tooFewFrames(file: "f", episode: 1, found: 2, expected: 3),
        "undecodableFrame": .undecodableFrame(file: "f", frame: 1, reason: "r"),
        "timestampOutOfTolerance": .timestampOutOfTolerance(
          file: "f", asked: 1, nearest: 2, tolerance: 0.1),
        "wrongImageSize": .wrongImageSize(file: "f", camera: "c", found: [1], expected: [2]),
        "noImageBytes": .noImageBytes(file: "f", camera: "c", row: 1),
        "missingImageFile": .missingImageFile(
          file: "f", camera: "c", row: 1, path: "p", looked: ["a", "b"]),
        "missingImageFile": .missingImageFile(
          file: "f", camera: "c", row: 1, path: "https://p", looked: []),
        "undecodableImage": .undecodableImage(file: "f", camera: "c", row: 1, reason: "r"),
        "recording": .recording(.empty(file: "f", episode: 1)),
        "atFrame": .atFrame(episode: 1, frame: 2, .missingFile(file: "f", episode: nil)),
        "atFrame": .atFrame(episode: 1, frame: 2, .recording(.empty(file: "f", episode: 1))),
      ])
  }

  @Test func errorsOfPictures() throws {
    try check(
      "LeRobotData/Images/ImageError.swift",
      [
        "unknownFormat": ImageError.unknownFormat(firstBytes: []),
        "unknownFormat": .unknownFormat(firstBytes: [1]),
        "unreadFormat": .unreadFormat("HEIC"),
        "unreadKind": .unreadKind(format: "TIFF", kind: "k"),
        "noLibrary": .noLibrary(format: "WebP", reason: "r"),
        "truncated": .truncated(format: "PNG", part: "p"),
        "corrupt": .corrupt(format: "PNG", reason: "r"),
        "unreasonableSize": .unreasonableSize(format: "PNG", width: 1, height: 2),
        "notEncodable": .notEncodable(format: "JPEG", width: 1, height: 2, reason: "r"),
      ])
    try check(
      "LeRobotData/Transforms/ImageTransformError.swift",
      [
        "unknownType": ImageTransformError.unknownType(transform: "a", type: "b"),
        "unknownArgument": .unknownArgument(transform: "a", type: "b", argument: "c", known: []),
        "missingArgument": .missingArgument(transform: "a", type: "b", argument: "c"),
        "wrongArgument": .wrongArgument(transform: "a", argument: "b", value: "c", expected: "d"),
        "negativeCount": .negativeCount(-1), "wrongChannels": .wrongChannels(shape: [2]),
      ])
  }

  @Test func errorsOfRecordings() throws {
    try check(
      "LeRobotData/HDF5/HDF5Error.swift",
      [
        "cannotOpen": HDF5Error.cannotOpen(file: "f", reason: "r"),
        "noLibrary": .noLibrary(reason: "r"),
        "noDataset": .noDataset(file: "f", name: "n"), "noGroup": .noGroup(file: "f", name: "n"),
        "wrongType": .wrongType(file: "f", name: "n", found: "a", expected: "b"),
        "rowsOutOfRange": .rowsOutOfRange(file: "f", name: "n", rows: 0..<2, count: 1),
        "cannotRead": .cannotRead(file: "f", name: "n", reason: "r"),
      ])
    try check(
      "LeRobotData/Aloha/RecordingError.swift",
      [
        "unreadable": RecordingError.unreadable(episode: 1, .noGroup(file: "f", name: "n")),
        "empty": .empty(file: "f", episode: 1),
        "wrongLength": .wrongLength(file: "f", episode: 1, name: "n", found: 1, expected: 2),
        "wrongForm": .wrongForm(file: "f", episode: 1, name: "n", found: "a", expected: "b"),
        "differsFromFirst": .differsFromFirst(
          file: "f", episode: 1, name: "n", found: "a", first: "b"),
        "undecodablePicture": .undecodablePicture(
          file: "f", episode: 1, frame: 2, camera: "c", .truncated(format: "JPEG", part: "p")),
        "wrongPictureSize": .wrongPictureSize(
          file: "f", episode: 1, frame: 2, camera: "c", found: [1], expected: [2]),
        "wrongOptions": .wrongOptions(file: "f", reason: "r"),
      ])
  }

  @Test func errorsOfEnvironments() throws {
    try check(
      "LeRobotEnvs/EnvironmentError.swift",
      [
        "notSimulated": EnvironmentError.notSimulated(type: "t"),
        "libraryMissing": .libraryMissing(library: "l", reason: "r", package: "p"),
        "noRendering": .noRendering(reason: "r", otherwise: "o"),
        "unknownOption": .unknownOption(key: "k", value: "v", known: ["a"]),
        "notPositive": .notPositive(option: "o", value: 0),
        "unsuitable": .unsuitable(problem: "p: q"),
        "actionNotFinite": .actionNotFinite(action: [.nan]), "failed": .failed(reason: "r: s"),
        "noPython": .noPython(named: nil), "noPython": .noPython(named: "n"),
        "noServer": .noServer(folder: "f"),
        "serverDidNotStart": .serverDidNotStart(python: "p", reason: "r"),
        "serverFailed": .serverFailed(environment: "e", python: "p", problem: "q", printed: ""),
        "serverFailed": .serverFailed(environment: "e", python: "p", problem: "q", printed: "r"),
        "refused": .refused(environment: "pusht", reason: "it has no such task"),
        "remoteCode": .remoteCode(repository: "r"),
      ])
  }

  @Test func errorsOfFilesAndNumbers() throws {
    let position = JSONPosition(line: 1, column: 2)
    try check(
      "LeRobotCore/JSON/JSONError.swift",
      [
        "unexpected": JSONError.unexpected(found: "a", expected: "b", at: position),
        "unexpected": .unexpected(found: nil, expected: "b", at: position),
        "trailing": .trailing(at: position), "invalidEscape": .invalidEscape(at: position),
        "controlCharacter": .controlCharacter(at: position), "notUTF8": .notUTF8(at: position),
        "duplicateKey": .duplicateKey(path: ["k"], at: position),
        "tooDeep": .tooDeep(limit: 1, at: position),
      ])
    try check(
      "LeRobotCore/Optim/ScheduleError.swift",
      [
        "unknownName": ScheduleError.unknownName("n"), "warmupMissing": .warmupMissing(name: "n"),
        "rulesMissing": .rulesMissing, "startBelowEnd": .startBelowEnd(start: 1, end: 2),
        "notPositive": .notPositive(field: "f", value: 0),
        "invalidState": .invalidState(field: "f", reason: "r"),
      ])
    try check(
      "LeRobotCore/Random/TorchGenerator+State.swift",
      [
        "wrongSize": RandomStateError.wrongSize(generator: "g", expected: 1, found: 2),
        "invalid": .invalid(generator: "g", field: "f", value: 1),
      ])
  }

  @Test func errorsOfWeights() throws {
    try check(
      "LeRobotCore/Weights/WeightError.swift",
      [
        "file": WeightError.file(.endOfFile(path: "p", expected: 2, found: 1)),
        "safetensors": .safetensors(.file(.endOfFile(path: "p", expected: 2, found: 1))),
        "torchFile": .torchFile(.noStateDictionary(file: "f")),
        "badIndex": .badIndex(file: "f", reason: "r"),
        "missing": .missing("t", source: "s"), "changedDuringSave": .changedDuringSave("t"),
        "failedCopy": .failedCopy("r"), "releasedTensor": .releasedTensor,
      ])
    try check(
      "LeRobotCore/Optim/OptimizerStateError.swift",
      [
        "otherGroups": OptimizerStateError.otherGroups(expected: [1], found: [2]),
        "noSuchParameter": .noSuchParameter(3, count: 2),
        "wrongShape": .wrongShape(tensor: "t", expected: [1], found: [2]),
      ])
    try check(
      "LeRobotCore/Files/FileError.swift",
      [
        "system": FileError.system(.open, path: "p", code: ENOENT),
        "endOfFile": .endOfFile(path: "p", expected: 2, found: 1),
      ])
  }

  @Test func errorsOfTheHub() throws {
    let address = try #require(HTTPAddress("https://h/p?signature=s"))
    let model = try #require(HubRepository(.model, "o/n"))
    let token = try #require(try HubSettings(["HF_TOKEN": "secret"]).tokenForWriting())
    let file = FileError.system(.open, path: "p", code: ENOENT)
    let samples: KeyValuePairs<String, HubError> = [
      "noLibrary": .noLibrary("libcurl", reason: "r"), "badEndpoint": .badEndpoint("e"),
      "badAddress": .badAddress("a"), "badName": .badName("n"), "offline": .offline(address),
      "endless": .endless(from: address),
      "busy": .busy(address, status: 429, pause: 3, reason: "r"),
      "busy": .busy(address, status: 500, pause: nil, reason: ""),
      "answered": .answered(address, status: 418, reason: "r"),
      "notTheHub": .notTheHub(address, reason: "r"),
      "badRedirect": .badRedirect(from: address, to: "t"), "changed": .changed(model),
      "noRepository": .noRepository(model, hasToken: true),
      "noRepository": .noRepository(model, hasToken: false),
      "noRevision": .noRevision(model, revision: "r", known: []),
      "noRevision": .noRevision(model, revision: "r", known: ["main"]),
      "noFile": .noFile(model, path: "p", revision: "r"),
      "noVersion": .noVersion(model, known: ["v9.9"], readable: ["v3.0"]),
      "otherContents": .otherContents(model, path: "p", revision: "r"),
      "gated": .gated(model, page: "https://h/o/n"), "badToken": .badToken(token),
      "forbidden": .forbidden(address, reason: "r"), "noToken": .noToken,
      "noRight": .noRight(model, reason: "r"), "unsafePath": .unsafePath(model, path: "../\n"),
      "wrongContents": .wrongContents(of: "f", reason: "r"), "file": .file(file),
      "noSpace": .noSpace(folder: "f", needed: 2, free: 1),
      "noAnswer": .noAnswer(from: address, .ended),
    ]
    try check("LeRobotHub/Client/HubError.swift", samples)
    for (_, error) in samples {
      #expect(!error.description.contains("signature"), "\(error)")
      #expect(!error.description.contains("secret"), "\(error)")
    }
  }

  /// Each with what helps against it.
  @Test func errorsOfTheNetwork() throws {
    let address = try #require(HTTPAddress("https://h/p"))
    let file = FileError.system(.read, path: "p", code: EIO)
    let samples: KeyValuePairs<String, (HTTPError, remedy: String)> = [
      "noHost": (.noHost("w"), "HF_HUB_OFFLINE=1"), "noProxy": (.noProxy("w"), "https_proxy"),
      "noConnection": (.noConnection("w"), "check the network"), "cut": (.cut("w"), "try again"),
      "timeout": (.timeout("w"), "HF_HUB_DOWNLOAD_TIMEOUT"),
      "tls": (.tls("w"), "REQUESTS_CA_BUNDLE"),
      "tls": (.tls("certificate has expired"), "clock"), "ended": (.ended, "ended"),
      "headTooLong": (.headTooLong, "HF_ENDPOINT"), "file": (.file(file), "p: "),
      "other": (.other("w"), "HF_ENDPOINT"),
    ]
    let declared = try Self.cases(of: "HTTPError", in: "LeRobotHub/HTTP/HTTPError.swift")
    #expect(Set(samples.map(\.key)) == Set(declared))
    for (_, (error, remedy)) in samples {
      let text = HubError.noAnswer(from: address, error).description
      #expect(text.hasPrefix("https://h/p: ") && !text.contains("\n"), "\(text)")
      #expect(text.contains(remedy), "\(text)")
    }
  }

  @Test func errorsOfPretrainedWeights() throws {
    try check(
      "LeRobotCore/Weights/Pretrained/PretrainedError.swift",
      [
        "unknown": PretrainedError.unknown(specification: "s"),
        "model": .model(name: "o/n", option: "x", reason: "give another name"),
        "downloadFailed": .downloadFailed(target: "t", reason: "r"),
        "torchFile": .torchFile(.noStateDictionary(file: "f")),
        "safetensors": .safetensors(.file(.endOfFile(path: "p", expected: 2, found: 1))),
      ])
  }

  @Test func errorsOfTokenizers() throws {
    try check(
      "LeRobotText/TokenizerError.swift",
      [
        "notFound": TokenizerError.notFound(name: "n", reason: "r"),
        "noTokenizer": .noTokenizer(folder: "f"), "unreadable": .unreadable(file: "f", reason: "r"),
        "malformed": .malformed(file: "f", reason: "a\nb"),
        "missingField": .missingField(file: "f", field: "x"),
        "wrongField": .wrongField(file: "f", field: "x", found: "a", expected: "b"),
        "unsupported": .unsupported(file: "f", field: "x", value: "v"),
        "duplicate": .duplicate(file: "f", token: "t\n\u{85}\u{2028}"),
        "sameID": .sameID(file: "f", token: "a", other: "b", id: 1),
        "outOfRange": .outOfRange(file: "f", token: "a", id: 1, limit: 1),
        "wrongID": .wrongID(file: "f", token: "a", found: 1, expected: 2),
        "unknownToken": .unknownToken(file: "f", field: "x", token: "t"),
        "noPadding": .noPadding(folder: "f"), "noRoom": .noRoom(maximum: 1, needed: 2),
        "ragged": .ragged(maximum: 1, longest: 2),
      ])
  }

  @Test func errorsOfLibtorch() throws {
    let folder = try TemporaryFolder()
    try folder.addTorch("torch", version: "2.6.0")
    let torch = try #require(TorchFolder(folder.file("torch")))
    try check(
      "Fast/Tensor/TorchError.swift",
      [
        "noLibtorch": TorchError.noLibtorch(folder: nil, releases: ["2.7", "2.13"]),
        "otherRelease": .otherRelease(found: torch, releases: []),
        "cannotOpen": .cannotOpen(path: "p", reason: "r"),
        "oldProcessor": .oldProcessor,
        "unknownDevice": .unknownDevice("d"),
        "noSuchDevice": .noSuchDevice(name: "d", count: 1),
        "unusableDevice": .unusableDevice(name: "d", reason: "r"),
        "wrongShape": .wrongShape(tensor: "t", expected: [1], found: [2]),
        "unsupported": .unsupported(
          key: "optimizer.amsgrad", reason: "libtorch's kernel does not know it"),
        "outOfMemory": .outOfMemory(operation: "o", reason: "r"),
        "failed": .failed(
          operation: "matmul of [2, 3] and [4, 5]", reason: "the inner extents differ"),
      ])
  }

  @Test func runReadingErrors() throws {
    let samples: KeyValuePairs<String, RunReadingError> = [
      "missing": .missing("RUN"), "noRun": .noRun("RUN"), "running": .running("RUN"),
      "file": .file(.system(.open, path: "RUN/run.json", code: 13)),
    ]
    try check("LeRobotLogging/History/RunReader.swift", samples)
    for (_, error) in samples { #expect(error.description.hasPrefix("RUN")) }
  }
}
