import OrderedCollections

extension PIConfig {
  package func memoryChoices(_ question: MemoryQuestion) -> [MemoryChoice] {
    guard let sizes = try? PISizes(self) else { return [] }
    let parts = PIShapes(self, sizes).shapes
    let ways = [self] + Self.ways.map { $0(self) }
    var choices: [MemoryChoice] = []
    for way in ways {
      let choice = MemoryChoice(
        fields: way.memoryFields, forecast: way.forecast(question, parts, sizes))
      if !choices.contains(where: { $0.fields == choice.fields }) { choices.append(choice) }
    }
    return choices
  }

  /// From what trains most, in the most exact numbers and the least time.
  private static var ways: [@Sendable (Self) -> Self] {
    var ways: [@Sendable (Self) -> Self] = []
    for (trainsExpertOnly, freezesVisionEncoder) in [(false, false), (false, true), (true, false)] {
      for dataType in ["float32", "bfloat16"] {
        for checkpointsGradients in [false, true] {
          ways.append {
            var way = $0
            (way.trainsExpertOnly, way.freezesVisionEncoder) = (
              trainsExpertOnly, freezesVisionEncoder
            )
            (way.dataType, way.checkpointsGradients) = (dataType, checkpointsGradients)
            return way
          }
        }
      }
    }
    return ways
  }

  private var memoryFields: OrderedDictionary<String, String> {
    [
      "dtype": dataType, "train_expert_only": "\(trainsExpertOnly)",
      "freeze_vision_encoder": "\(freezesVisionEncoder && !trainsExpertOnly)",
      "gradient_checkpointing": "\(checkpointsGradients)",
    ]
  }

  private func forecast(
    _ question: MemoryQuestion, _ shapes: OrderedDictionary<String, [Int]>, _ sizes: PISizes
  ) -> MemoryForecast {
    var forecast = MemoryForecast()
    for (name, shape) in shapes {
      let count = shape.reduce(1, *)
      let bytes = count * type(of: name).size
      forecast.weights += bytes
      if trains(name) { forecast.gradients += bytes }
      if !question.loadsWeights { forecast.drawing += 4 * count }
    }
    forecast.moments = question.momentCount * forecast.gradients
    forecast.activations = PIActivations(self, sizes, batchSize: question.batchSize).bytes
    return forecast
  }
}
