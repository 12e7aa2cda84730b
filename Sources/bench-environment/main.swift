// Seconds a step, a picture and a reset of an environment take: one JSON object on stdout. Scripts/bench
// runs it beside gym_pusht and gym_aloha in turn.
//
//   bench-environment [pusht | aloha | side-by-side] [STEPS]
import Foundation
import LeRobotEnvs

/// Seconds of processor time for each of `count` repetitions.
func seconds(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
  let start = clock()
  for index in 0..<count { try body(index) }
  return Double(clock() - start) / Double(CLOCKS_PER_SEC) / Double(count)
}

func results() throws -> [String: Double] {
  let arguments = CommandLine.arguments.dropFirst()
  let steps = arguments.last.flatMap { Int($0) }
  return switch arguments.first {
  case "aloha": try AlohaBench(steps: steps ?? 40).results()
  case "side-by-side": try AlohaBench(steps: steps ?? 40).resultsSideBySide()
  default: try PushTBench(steps: steps ?? 2000).results()
  }
}

do {
  print(String(decoding: try JSONEncoder().encode(results()), as: UTF8.self))
} catch {
  FileHandle.standardError.write(Data("bench-environment: \(error)\n".utf8))
  exit(1)
}
