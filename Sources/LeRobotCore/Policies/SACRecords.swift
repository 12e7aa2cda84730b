/// Network of a critic (LeRobot `CriticNetworkConfig`).
package struct SACCriticNetwork: ConfigRecord {
  package var hiddenWidths = [256, 256]
  package var activatesLast = true
  package var lastActivation: String?

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("hidden_dims", \.hiddenWidths, "Widths of the hidden layers."),
    Field("activate_final", \.activatesLast, "Applies an activation after the last layer."),
    Field("final_activation", \.lastActivation, "That activation; null takes the usual one."),
  ]
}

/// Network of the actor (LeRobot `ActorNetworkConfig`).
package struct SACActorNetwork: ConfigRecord {
  package var hiddenWidths = [256, 256]
  package var activatesLast = true

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("hidden_dims", \.hiddenWidths, "Widths of the hidden layers."),
    Field("activate_final", \.activatesLast, "Applies an activation after the last layer."),
  ]
}

/// Head of the actor (LeRobot `sac/configuration_sac.py`, `PolicyConfig`).
package struct SACPolicyHead: ConfigRecord {
  package var squashesWithTanh = true
  package var minimumDeviation = 1e-5
  package var maximumDeviation = 10.0
  package var lastLayerRange = 0.05

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("use_tanh_squash", \.squashesWithTanh, "Squashes actions with tanh."),
    Field("std_min", \.minimumDeviation, "Smallest standard deviation of actions."),
    Field("std_max", \.maximumDeviation, "Largest standard deviation of actions."),
    Field("init_final", \.lastLayerRange, "Range the last layer starts in."),
  ]
}

/// How actor and learner reach each other (LeRobot `ActorLearnerConfig`).
package struct SACActorLearner: ConfigRecord {
  package var learnerHost = "127.0.0.1"
  package var learnerPort = 50051
  package var parameterPushInterval = 4
  package var queueTimeout: PythonNumber = 2

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("learner_host", \.learnerHost, "Host of the learner."),
    Field("learner_port", \.learnerPort, "Port of the learner."),
    Field(
      "policy_parameters_push_frequency", \.parameterPushInterval,
      "Seconds between pushes of the parameters."),
    Field("queue_get_timeout", \.queueTimeout, "Seconds to wait for a queue."),
  ]
}

/// Threads or processes for actor and learner (LeRobot `ConcurrencyConfig`).
package struct SACConcurrency: ConfigRecord {
  package var actor = "threads"
  package var learner = "threads"

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("actor", \.actor, "threads or processes for the actor."),
    Field("learner", \.learner, "threads or processes for the learner."),
  ]
}
