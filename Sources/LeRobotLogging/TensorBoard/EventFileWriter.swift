import LeRobotCore

/// An event file of TensorBoard that grows event by event.
///
/// An event is handed to the system in one write when `append` returns: TensorBoard sees it at its
/// next look, and a killed process loses none. A record that a kill cuts short is the last one; readers
/// stop before it.
package final class EventFileWriter {
  private let file: RawFile
  /// Bytes of whole records.
  private var size: Int
  package var path: String { file.path }

  /// Begins a file; one that is there is emptied.
  package init(creating path: String, time: Double) throws(FileError) {
    file = try RawFile(writing: path)
    size = 0
    try append(Event.version(time: time))
  }

  /// Continues a file that ends with a whole record.
  package init(continuing path: String) throws(FileError) {
    file = try RawFile(continuing: path)
    size = try file.size()
  }

  /// Writes an event, or nothing of it.
  package func append(_ event: ProtobufMessage) throws(FileError) {
    let record = RecordFraming.framed(event.bytes)
    // Readers never get past a part of a record.
    try file.add(Array(record), at: size)
    size += record.count
  }

  /// Waits until the events are on the disk.
  func sync() throws(FileError) { try file.sync() }
}
