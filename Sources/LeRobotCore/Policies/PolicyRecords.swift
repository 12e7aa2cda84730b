import OrderedCollections

extension PolicyFeature: ConfigRecord {
  package init() {
    self.init(type: .state, shape: [])
  }

  package static let fields: [Field<Self>] = [
    Field("type", \.type, "What the feature is to the policy.").required,
    Field("shape", \.shape, "Its shape, without batch and time.", as: .sequence(.int)).required,
  ]
}

/// ACT's `replace_final_stride_with_dilation`: LeRobot declares an integer whose default is
/// `False`, and files show `false` until somebody sets a number.
package struct DilationLevel: ConfigValue {
  /// nil while nobody has set it.
  package var level: Int?

  package init(level: Int? = nil) {
    self.level = level
  }

  package static var valueType: ValueType { .int }

  package init?(canonical json: JSONValue) {
    switch json {
    case .bool(false): level = nil
    case .int(let value): level = value
    default: return nil
    }
  }

  package var json: JSONValue { level.map { .int($0) } ?? .bool(false) }
}

/// How the prefix of a chunk weighs in real-time chunking (LeRobot `RTCAttentionSchedule`).
package enum PrefixAttentionSchedule: String, ConfigValue, CaseIterable {
  case zeros = "ZEROS"
  case ones = "ONES"
  case linear = "LINEAR"
  case exponential = "EXP"
}

/// Real-time chunking at inference (LeRobot `policies/rtc/configuration_rtc.py`).
package struct RealTimeChunkingConfig: ConfigRecord {
  package var enabled = false
  package var prefixAttentionSchedule = PrefixAttentionSchedule.linear
  package var maximumGuidanceWeight = 10.0
  package var executionHorizon = 10
  package var debug = false
  package var debugLength = 100

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("enabled", \.enabled, "Uses real-time chunking."),
    Field(
      "prefix_attention_schedule", \.prefixAttentionSchedule,
      "How the prefix of the last chunk weighs."),
    Field("max_guidance_weight", \.maximumGuidanceWeight, "Bound on the guidance."),
    Field("execution_horizon", \.executionHorizon, "Actions carried out per chunk."),
    Field("debug", \.debug, "Records what was computed."),
    Field("debug_maxlen", \.debugLength, "Records that are kept."),
  ]

  package var problems: [FieldProblem] {
    var problems: [FieldProblem] = []
    if maximumGuidanceWeight <= 0 {
      problems.append(
        FieldProblem("max_guidance_weight", "\(maximumGuidanceWeight) is not positive; raise it"))
    }
    if debugLength <= 0 {
      problems.append(FieldProblem("debug_maxlen", "\(debugLength) is not positive; raise it"))
    }
    return problems
  }
}
