import Foundation

/// An HTTP server of one folder on 127.0.0.1, at a free port; it ends with its last reference.
package final class FileServer: Sendable {
  /// `http://127.0.0.1:port`
  package let address: String
  private let process: Process

  package init(folder: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.script, folder]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // The first line is the port; the server listens before it prints.
    var line: [UInt8] = []
    while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A {
      line.append(byte)
    }
    address = "http://127.0.0.1:" + String(decoding: line, as: UTF8.self)
    self.process = process
  }

  deinit { process.terminate() }

  private static let script = """
    import functools, http.server, sys
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    print(server.server_port, flush=True)
    server.serve_forever()
    """
}
