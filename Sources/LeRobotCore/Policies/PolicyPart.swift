/// What options of our own may put in the place of a policy's own.
package enum PolicyPart: Sendable {
  /// Widths, depths and heads (`--policy_sizes`).
  case sizes
  /// The tokenizer (`--tokenizer_path`).
  case tokenizer
}
