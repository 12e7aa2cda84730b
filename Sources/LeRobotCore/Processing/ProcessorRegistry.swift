/// The processor steps that can be read from a file, by LeRobot's registry names.
///
/// A value that is handed to whatever reads processors, so that a test can add a step of its own.
package struct ProcessorRegistry: Sendable {
  /// Those of this release.
  package static let builtIn = ProcessorRegistry([
    RenameStep.self, BatchAxisStep.self, SmolVLANewLineStep.self, PI0NewLineStep.self,
    StatePromptStep.self, TokenizerStep.self, DeviceStep.self, RelativeActionsStep.self,
    NormalizerStep.self, UnnormalizerStep.self, AbsoluteActionsStep.self,
  ])

  package let steps: [any ProcessorStep.Type]

  package init(_ steps: [any ProcessorStep.Type]) {
    self.steps = steps
  }

  /// The registry with another step.
  package func adding(_ step: any ProcessorStep.Type) -> ProcessorRegistry {
    ProcessorRegistry(steps + [step])
  }

  /// The step that is registered under a name.
  package subscript(name: String) -> (any ProcessorStep.Type)? {
    steps.first { $0.registryName == name }
  }
}
