/// Batches without end, and where in them a run stands.
///
/// The training loop knows nothing else of the data: a dataset on disk, a stream, a mixture or
/// held-out episodes are sources. Owned and called by the training thread.
package protocol BatchSource: AnyObject {
  /// The next batch of this rank.
  func next() throws -> Batch
  /// Where the source stands after the batch it handed out last; nil before the first.
  var position: SourcePosition? { get }
  /// Continues from a position that another process has saved, before the first batch.
  ///
  /// - Returns: what of the position does not fit, and what happens instead; empty where the
  ///   batches will be exactly those that would have followed.
  func resume(at position: SourcePosition) throws -> [ResumeProblem]
  /// Ends all threads of the source.
  func stop()
}

/// Where a source stands, in the source's own words: opaque to everybody else, and versioned.
package struct SourcePosition: Sendable, Equatable {
  /// The kind of source that wrote it.
  package var source: String
  /// The version of that source's format.
  package var version: Int
  package var values: JSONValue
  package var tensors: NamedTensors

  package init(source: String, version: Int, values: JSONValue, tensors: NamedTensors = [:]) {
    self.source = source
    self.version = version
    self.values = values
    self.tensors = tensors
  }
}
