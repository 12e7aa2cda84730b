/// Turns texts into the numbers of a language model's tokens. `LeRobotText` reads such from files; steps and
/// policies get them from a `ResourceStore`.
package protocol TextEncoder: Sendable {
  /// The numbers of several texts, cut and filled up to rows of one length.
  ///
  /// - Throws: `ProcessorError.text` for a layout that the texts do not fit.
  func encode(_ texts: [String], _ layout: TokenLayout) throws(ProcessorError) -> TokenBatch
  /// One more than the greatest number that can come out.
  var idCount: Int { get }
  /// The number of a token; nil where there is none such.
  func id(of token: String) -> Int?
}
