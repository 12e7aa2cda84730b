import LeRobotCore

/// Tokenizers that have been read. A folder is read again when one of its files has changed.
package final class TokenizerStore: Sendable {
  private struct Entry {
    var stamps: [FileStamp?]
    var tokenizer: Tokenizer
  }

  private let source: TokenizerSource
  private let entries = Shared<[String: Entry]>([:])

  package init(_ source: TokenizerSource) {
    self.source = source
  }

  /// The tokenizer of a folder or a repository.
  ///
  /// - Parameter name: see `TokenizerSource.folder`.
  /// - Throws: `TokenizerError`.
  package func tokenizer(_ name: String) throws(TokenizerError) -> Tokenizer {
    let folder = try source.folder(name)
    // Before the files are read: a change in between is then noticed at the next call.
    let stamps = folder.files.map(FileStamp.init)
    let entry = entries.value.withLock { $0[folder.path] }
    if let entry, entry.stamps == stamps { return entry.tokenizer }
    let tokenizer = try Tokenizer(folder)
    entries.value.withLock { $0[folder.path] = Entry(stamps: stamps, tokenizer: tokenizer) }
    return tokenizer
  }
}

extension Tokenizer: TextEncoder {
  package func encode(
    _ texts: [String], _ layout: TokenLayout
  ) throws(ProcessorError) -> TokenBatch {
    do throws(TokenizerError) {
      return try batch(texts, layout)
    } catch {
      throw .text(error.description)
    }
  }
}

extension TokenizerStore {
  /// The tokenizer of a folder or a repository, for a processor's step.
  package func encoder(_ name: String) throws(ProcessorError) -> any TextEncoder {
    do throws(TokenizerError) {
      return try tokenizer(name)
    } catch {
      throw .text(error.description)
    }
  }
}
