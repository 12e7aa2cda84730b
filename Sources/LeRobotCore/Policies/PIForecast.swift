import OrderedCollections

extension PIConfig {
  package func memoryChoices(_ question: MemoryQuestion) -> [MemoryChoice] {
    guard let sizes = try? PISizes(self) else { return [] }
    let parts = PIShapes(self, sizes).shapes
    var choices: [MemoryChoice] = []
    for way in [self] + ways {
      let choice = MemoryChoice(
        fields: way.memoryFields, forecast: way.forecast(question, parts, sizes))
      if !choices.contains(where: { $0.fields == choice.fields }) { choices.append(choice) }
    }
    return choices
  }

  /// From what trains most, in the most exact numbers and the least time.
  private var ways: [Self] {
    var ways: [Self] = []
    var way = self
    for (expert, tower) in [(false, false), (false, true), (true, false)] {
      for dataType in ["float32", "bfloat16"] {
        for checkpointsGradients in [false, true] {
          (way.trainsExpertOnly, way.freezesVisionEncoder) = (expert, tower)
          (way.dataType, way.checkpointsGradients) = (dataType, checkpointsGradients)
          ways.append(way)
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
      let bytes = shape.reduce(1, *) * type(of: name).size
      forecast.weights += bytes
      if trains(name) { forecast.gradients += bytes }
    }
    forecast.drawing = drawing(shapes)
    forecast.moments = question.momentCount * forecast.gradients
    forecast.activations = PIActivations(self, sizes, batchSize: question.batchSize).bytes
    return forecast
  }

  /// The tower is drawn in float32. Both models are drawn a second time once they are whole, one tensor
  /// after the other in float32.
  private func drawing(_ shapes: OrderedDictionary<String, [Int]>) -> Int {
    func elements(of part: String) -> [Int] {
      shapes.filter { $0.key.hasPrefix(Self.modelsPrefix + part) }.map { $0.value.reduce(1, *) }
    }
    var most = 4 * elements(of: "paligemma.model.vision_tower.").reduce(0, +)
    var drawn = 0
    for part in ["paligemma.", "gemma_expert."] {
      let elements = elements(of: part)
      drawn += modelType.size * elements.reduce(0, +)
      most = max(most, drawn + 4 * (elements.max() ?? 0))
    }
    return most
  }
}
