import LeRobotCore
import LeRobotHub
import LeRobotText

extension ResourceStore {
  /// What lies in folders, in the hub's cache and on the hub: files, and tokenizers; and what options put
  /// in the place of a policy's own.
  ///
  /// - Parameter environment: the process's variables.
  init(_ hub: Hub, _ environment: [String: String], _ options: RunOptions) {
    let tokenizers = TokenizerStore(TokenizerSource(CacheFolders(environment), hub))
    self.init(hub) { (name) throws(ProcessorError) in try tokenizers.encoder(name) }
    (sizes, tokenizerPath) = (options.policySizes, options.tokenizerPath)
  }
}
