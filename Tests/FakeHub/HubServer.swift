/// Serves the requests of one connection after the other.
struct HubServer: Sendable {
  let core: HubCore
  let host: HubHost

  /// Returns when the client hangs up, a fault cuts the connection or the hub stops.
  func serve(_ connection: Connection) {
    do {
      while let head = try RequestHead(from: connection) {
        guard try answer(head, on: connection) else { break }
      }
      connection.finish()
    } catch {
      // The connection is closed; the record of the request shows that there was no answer.
    }
  }

  /// - Returns: Whether the connection can take another request.
  private func answer(_ head: RequestHead, on connection: Connection) throws -> Bool {
    let host = isMeantForCDN(head) ? HubHost.cdn : host
    let (ticket, fault, number) = core.admit(head, host: host)
    let delivery = Delivery(fault)
    let body = RequestBody(of: head, on: connection, limit: delivery.uploadLimit)
    // A client that has its answer finds it in the record.
    func record(status: Int?) -> ReceivedRequest? {
      core.update(ticket) { ($0.status, $0.bodySize) = (status, body.count) }
    }
    var recorded: ReceivedRequest?
    defer {
      if let request = recorded ?? record(status: nil) { core.settings.log?(request) }
    }
    if delivery.disconnects { throw ConnectionEnded() }
    if delivery.stalls { try connection.wait() }
    var response = try delivery.answer ?? respond(to: head, as: host, body, delivery)
    response = delivery.adjusted(response).with("X-Request-Id", "\(host)-\(number)")
    if !body.isHeldBack { try body.skip() }
    if delivery.losesAnswer { throw ConnectionEnded() }
    recorded = record(status: response.status)
    let writer = ResponseWriter(connection: connection, delivery: delivery)
    return try writer.write(
      response, isHead: head.method == "HEAD", keepsAlive: !head.asksToClose && body.isOver)
  }

  private func respond(
    to head: RequestHead, as host: HubHost, _ body: RequestBody, _ delivery: Delivery
  ) throws -> Response {
    let exchange = Exchange(core: core, head: head, body: body, delivery: delivery)
    do {
      return try host == .cdn
        ? exchange.answerAsCDN() : exchange.answerAsEndpoint()
    } catch let refusal as Refusal {
      return refusal.response
    } catch let error as FakeHubError {
      return Refusal(500, nil, "\(error)").response
    }
  }

  /// A proxy's client reaches both hosts over one connection.
  private func isMeantForCDN(_ head: RequestHead) -> Bool {
    head.proxiedHost.map { core.cdn.hasSuffix("//" + $0) } ?? false
  }
}
