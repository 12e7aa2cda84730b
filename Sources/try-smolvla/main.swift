import Foundation
import LeRobotCore
struct Betas: Decodable { var seed: UInt64; var shapes: [[Double]]; var drawn: [[UInt32]]; var next_uniform: [UInt64] }
let golden = try JSONDecoder().decode(Betas.self, from: Data(contentsOf: URL(filePath: "Fixtures/random/torch_beta.json")))
var generator = TorchGenerator(seed: golden.seed)
for (shape, expected) in zip(golden.shapes, golden.drawn) {
  let drawn = expected.map { _ in generator.beta(shape[0], shape[1]).bitPattern }
  print(zip(drawn, expected).filter { $0 != $1 }.count, zip(drawn, expected).map { abs(Int($0) - Int($1)) }.max()!)
}
print((generator.uniform() as Double).bitPattern == golden.next_uniform[0])
