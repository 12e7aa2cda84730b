import Foundation
import LeRobotCore
import Testing

/// A checkpoint's README.md.
struct ModelCardPropertyTests {
  @Test(arguments: [
    ("user/pusht", "user/pusht"), ("a: b", "\"a: b\""), ("true", "\"true\""),
    ("1.5", "\"1.5\""), ("x\ny", "\"x\\ny\""), ("- x", "\"- x\""), ("", "\"\""),
  ])
  func namesThatYAMLWouldMistakeAreQuoted(name: String, scalar: String) {
    let head = ModelCard(policyType: "act", dataset: name, step: 12).text
      .components(separatedBy: "---\n")[1]
    #expect(head.hasPrefix("datasets: \(scalar)\nlibrary_name: lerobot\n"))
  }

  @Test func headHasTheFieldsOfLeRobots() {
    var card = ModelCard(policyType: "act", dataset: "user/pusht", step: 12)
    card.tags = ["sim", "lerobot"]
    let head = card.text.components(separatedBy: "---\n")[1]
    #expect(
      head == """
        datasets: user/pusht
        library_name: lerobot
        license: apache-2.0
        model_name: act
        pipeline_tag: robotics
        tags:
        - act
        - lerobot
        - robotics
        - sim

        """)
    #expect(card.text.contains("12 training steps"))
  }
}
