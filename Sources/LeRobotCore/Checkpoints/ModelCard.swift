/// The `README.md` of a checkpoint's policy, which the Hugging Face hub shows as its page.
///
/// The fields at its head are those LeRobot fills in when it uploads a policy
/// (`policies/pretrained.py`, `generate_model_card`); the text is our own.
package struct ModelCard: Sendable, Equatable {
  package var policyType: String
  /// The dataset's repository, `user/name`.
  package var dataset: String
  package var license = "apache-2.0"
  /// Added to those every policy has.
  package var tags: [String] = []
  /// Of the training; nil where that is not known.
  package var step: Int?
  /// The policy's own repository, where it is uploaded.
  package var repository: String?

  package init(policyType: String, dataset: String, step: Int?) {
    self.policyType = policyType
    self.dataset = dataset
    self.step = step
  }

  /// The text of the file.
  package var text: String {
    let tags = Set(tags + ["robotics", "lerobot", policyType]).sorted()
    return """
      ---
      \(baseModel)datasets: \(Self.quoted(dataset))
      library_name: lerobot
      license: \(Self.quoted(license))
      model_name: \(policyType)
      pipeline_tag: robotics
      tags:
      \(tags.map { "- \(Self.quoted($0))" }.joined(separator: "\n"))
      ---

      # \(policyType) trained on \(dataset)

      \(opening). `config.json` describes the policy, `train_config.json` the run that made it.
      \(repository == nil ? resuming : running)
      Fine-tune it on other data:

          lerobot-train --policy.path=\(repository ?? ".") --dataset.repo_id=user/dataset

      """
  }

  /// The model it was made from, which LeRobot names for one policy.
  private var baseModel: String {
    policyType == "smolvla" ? "base_model: lerobot/smolvla_base\n" : ""
  }

  private var opening: String {
    let format = "A robot policy in [LeRobot](https://github.com/huggingface/lerobot)'s format"
    return step.map { "\(format), after \($0) training steps" } ?? format
  }

  private var resuming: String {
    """

    Go on with the run this folder belongs to:

        lerobot-train --resume=true --config_path=train_config.json

    """
  }

  private var running: String {
    let name = repository ?? ""
    return """

      Run it on a robot, or evaluate it in simulation, with [LeRobot](https://huggingface.co/docs/lerobot):

          lerobot-record --policy.path=\(name) --robot.type=… --dataset.repo_id=user/eval_…
          lerobot-eval --policy.path=\(name) --env.type=…

      """
  }

  /// Whether a text is this card, with or without a repository.
  package func isText(_ text: String) -> Bool {
    var local = self
    local.repository = nil
    return text == local.text
  }

  /// A YAML scalar: plain where that cannot be mistaken, else in JSON's quotes, which YAML shares.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_.-".contains($0)) }
      && !["true", "false", "null", "yes", "no", "on", "off"].contains(text.lowercased())
    return isPlain ? text : JSONValue.string(text).pythonText()
  }
}
