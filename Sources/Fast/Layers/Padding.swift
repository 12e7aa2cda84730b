/// Zeros behind the numbers of the last axis.
///
/// - Parameter width: how many numbers there are then, where there are not more already.
package func padded(_ x: Tensor, to width: Int) -> Tensor {
  x.padded([0, max(0, width - x.size(x.rank - 1))])
}
