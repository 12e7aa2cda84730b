import LeRobotCore

extension HubClient {
  /// Does something with each item, several at a time, in their order. After a failure no more are
  /// begun, and exchanges under way end.
  ///
  /// - Parameter body: gets the client to use.
  /// - Throws: the first `HubError`.
  func onEach<Item: Sendable>(
    of items: [Item], threads: Int,
    _ body: @escaping @Sendable (Item, HubClient) throws(HubError) -> Void
  ) throws(HubError) {
    let state = Shared((rest: items[...], failure: HubError?.none))
    let client = ending { state.value.withLock { $0.failure != nil } }
    onSeveralThreads(min(threads, items.count)) {
      while let item = state.value.withLock({ $0.failure == nil ? $0.rest.popFirst() : nil }) {
        do throws(HubError) {
          try body(item, client)
        } catch {
          state.value.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let failure = state.value.withLock({ $0.failure }) { throw failure }
  }
}
