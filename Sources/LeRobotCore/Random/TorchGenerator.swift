/// torch's CPU generator: MT19937 and what torch draws from it.
package struct TorchGenerator: Sendable {
  package init(seed: UInt64) {}
}
