import LeRobotCore

/// The moving average of the weights.
extension PolicyLearner {
  package func beginAverage() throws { weightAverage = WeightAverage(of: parameters) }

  package func average(decay: Double) throws { weightAverage?.update(decay: decay) }

  package func loadAverage(_ tensor: HostTensor, named name: String) throws {
    guard let average = weightAverage?[name] else { return }
    guard tensor.shape == average.shape else {
      throw TorchError.wrongShape(tensor: name, expected: average.shape, found: tensor.shape)
    }
    settleSnapshot()
    try average.assign(tensor)
  }

  package func exchangeAverage() throws {
    settleSnapshot()
    weightAverage?.exchange()
  }
}
