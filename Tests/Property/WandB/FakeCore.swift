import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB
import Support

/// A wandb-core that keeps what it is sent in a file, and answers as it is told to.
struct FakeCore {
  enum Behaviour: String {
    /// Takes everything.
    case good
    /// Knows the steps below 5 already.
    case resumed
    /// Refuses the run.
    case refusing
    /// Ends after the run has begun.
    case dying
    /// Ends before it can be reached.
    case broken
  }

  let core: WandBCore
  private let frames: String

  init(_ folder: TemporaryFolder, _ behaviour: Behaviour) throws {
    frames = folder.file("frames")
    let script = Self.script
      .replacing("BEHAVIOUR", with: behaviour.rawValue).replacing("FRAMES", with: frames)
    let path = try folder.write(script.utf8, to: "wandb-core")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    core = WandBCore(path: path)
  }

  /// The requests it was sent, in order.
  func requests() throws -> [ProtobufFields] {
    try TextFile.read(frames).split(separator: "\n").compactMap { line in
      let digits = Array(line.utf8)
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
      }
      return ProtobufFields(bytes)
    }
  }

  /// The records it was sent.
  func records() throws -> [ProtobufFields] {
    try requests().compactMap { $0.message(WandBField.ServerRequest.recordPublish) }
  }

  /// The steps of the rows it was sent.
  func steps() throws -> [Int] {
    try records().compactMap {
      $0.message(WandBField.Record.request)?.message(WandBField.Request.partialHistory)?
        .message(WandBField.History.step)?.number(WandBField.HistoryStep.num)
    }
  }

  private static let script = #"""
    #!/usr/bin/env python3
    import os, socket, struct, sys, tempfile

    behaviour = "BEHAVIOUR"
    if behaviour == "broken":
        sys.exit(3)

    def varint(value):
        out = b""
        while value >= 128:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    def field(number, value):
        if isinstance(value, int):
            return varint(number << 3) + varint(value)
        return varint(number << 3 | 2) + varint(len(value)) + value

    def fields(data):
        found, at = {}, 0
        def number():
            nonlocal at
            value, shift = 0, 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value
        while at < len(data):
            key = number()
            if key & 7 == 0:
                found[key >> 3] = number()
            elif key & 7 == 1:
                found[key >> 3], at = data[at:at + 8], at + 8
            else:
                size = number()
                found[key >> 3], at = data[at:at + size], at + size
        return found

    folder = tempfile.mkdtemp()
    server = socket.socket(socket.AF_UNIX)
    server.bind(folder + "/socket")
    server.listen()
    with open(sys.argv[sys.argv.index("--port-filename") + 1], "w") as file:
        file.write("unix=" + folder + "/socket\nEOF")
    client, _ = server.accept()
    os.remove(folder + "/socket")
    os.rmdir(folder)
    stream = client.makefile("rb")
    log = open("FRAMES", "w", buffering=1)

    def answer(name, result):
        body = field(10, name) + field(2, result)
        client.sendall(b"W" + struct.pack("<I", len(body)) + body)

    while head := stream.read(5):
        body = stream.read(struct.unpack("<I", head[1:])[0])
        log.write(body.hex() + "\n")
        request = fields(body)
        if 7 in request:
            break
        record = fields(request.get(1, b""))
        if 17 in record:
            if behaviour == "refusing":
                answer(request[10], field(17, field(2, field(1, b"no such\nproject"))))
                continue
            run = field(2, b"me") + (field(14, 5) if behaviour == "resumed" else b"")
            answer(request[10], field(17, field(1, run)))
        elif 18 in record or 11 in fields(record.get(100, b"")):
            answer(request[10], field(100, b""))
            if behaviour == "dying":
                sys.exit(1)
    """#
}
