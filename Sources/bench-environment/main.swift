// Seconds a step, a picture and a reset of PushT take: one JSON object on stdout. Scripts/bench
// runs it and gym_pusht in turn.
import Foundation
import LeRobotEnvs

let steps = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 2000

/// Seconds of processor time for each of `count` repetitions.
func seconds(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
  let start = clock()
  for index in 0..<count { try body(index) }
  return Double(clock() - start) / Double(CLOCKS_PER_SEC) / Double(count)
}

func environment(_ kind: PushTSettings.ObservationKind) throws -> PushTEnvironment {
  var settings = PushTSettings()
  settings.observation = kind
  return PushTEnvironment(settings, library: try .open())
}

/// The agent's way through the field, as in Scripts/benching/peer.py.
func action(_ index: Int) -> [Double] {
  [250 + 100 * sin(Double(index) / 20), 250 + 120 * cos(Double(index) / 31)]
}

func stepSeconds(
  _ kind: PushTSettings.ObservationKind, count: Int, renders: Bool = false
) throws -> Double {
  let environment = try environment(kind)
  _ = environment.reset(seed: 1)
  return try seconds(count) { index in
    if index % 300 == 299 { _ = environment.reset(seed: nil) }
    _ = try environment.step(action(index))
    if renders { _ = environment.render() }
  }
}

do {
  let corners = try environment(.environmentState)
  let results = [
    "step": try stepSeconds(.environmentState, count: 20 * steps),
    "step, 96x96 pixels": try stepSeconds(.pixelsAndAgentPosition, count: steps),
    "step, 96x96 pixels, 384x384 video": try stepSeconds(
      .pixelsAndAgentPosition, count: steps, renders: true),
    "reset": seconds(steps) { _ = corners.reset(seed: UInt64($0)) },
  ]
  print(String(decoding: try JSONEncoder().encode(results), as: UTF8.self))
} catch {
  FileHandle.standardError.write(Data("bench-environment: \(error)\n".utf8))
  exit(1)
}
