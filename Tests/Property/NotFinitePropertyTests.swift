import LeRobotCore
import OrderedCollections
import Testing

/// Which of a step's tensors is blamed for a NaN.
@Suite struct NotFinitePropertyTests {
  /// What is named when everything from one place on is NaN, as it is in a real step.
  private func blamed(from place: Int) -> String {
    func value(_ own: Int) -> Double { own < place ? 1 : .nan }
    return firstNotFinite(
      inputs: [("action", value(0)), ("observation.state", value(1))],
      weights: ["model.bias": value(2)], parts: ["l1_loss": value(3)], loss: value(4),
      gradients: [("model.bias", value(5))]
    ) { $0.isFinite }
  }

  @Test func theFirstThatIsComputedIsNamed() {
    #expect(
      (0...6).map(blamed) == [
        "the batch's action", "the batch's observation.state", "model.bias", "l1_loss", "the loss",
        "the gradient of model.bias", "the gradient norm",
      ])
  }

  /// A gradient may have to be computed first.
  @Test func gradientsAreLookedAtLast() {
    var looked = 0
    let gradients = ["a"].lazy.map { name in
      looked += 1
      return (name: name, tensor: 1.0)
    }
    let found = firstNotFinite(weights: ["w": .nan], gradients: gradients) { $0.isFinite }
    #expect(found == "w" && looked == 0)
  }
}
