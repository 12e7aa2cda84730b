import LeRobotCore

/// The moving average of the weights.
extension PolicyLearner {
  package func beginAverage() throws { weightAverage = WeightAverage(of: parameters) }

  package func average(decay: Double) throws { weightAverage?.update(decay: decay) }

  package func loadAverage(_ tensor: HostTensor, named name: String) throws {
    guard let average = weightAverage?[name] else { return }
    guard tensor.shape == average.shape else {
      throw ReferenceError.wrongShape(tensor: name, expected: average.shape, found: tensor.shape)
    }
    weightAverage?[name] = Tensor(tensor)
  }

  package func exchangeAverage() throws { weightAverage?.exchange() }

  package func snapshot() throws -> LearnerSnapshot {
    let weights = try weights()
    let averaged = weightAverage.map { average in
      var averaged = weights
      for name in weights.keys {
        if let tensor = average[name] { averaged[name] = tensor.float32 }
      }
      return averaged
    }
    return LearnerSnapshot(
      LearnerSnapshot.State(
        weights: weights, optimizer: try optimizerState(), average: averaged))
  }
}
