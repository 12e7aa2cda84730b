/// Breaks texts: drops, doubles, swaps and inserts characters, cuts and repeats pieces.
package struct TextMutator {
  private var generator: SplitMix64

  package init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  /// One to three changes.
  package mutating func mutate(_ text: String) -> String {
    var characters = Array(text)
    for _ in 0...Int.random(in: 0...2, using: &generator) {
      change(&characters)
    }
    return String(characters)
  }

  /// Changes some arguments, and at times their number and order.
  package mutating func mutate(_ arguments: [String]) -> [String] {
    var changed = arguments
    for _ in 0...Int.random(in: 0...1, using: &generator) {
      let index = Int.random(in: 0..<changed.count, using: &generator)
      switch Int.random(in: 0...7, using: &generator) {
      case 0 where changed.count > 1: changed.remove(at: index)
      case 1: changed.insert(changed[index], at: 0)
      case 2: changed.shuffle(using: &generator)
      default: changed[index] = mutate(changed[index])
      }
    }
    return changed
  }

  private mutating func change(_ characters: inout [Character]) {
    let special = Array("[]{}:,=-'\"\\#&*!|>%@`?~<\n\t 0é\u{0}\u{7f}٣😀")
    let position = Int.random(in: 0...characters.count, using: &generator)
    let length = Int.random(in: 0...(characters.count - position), using: &generator)
    switch Int.random(in: 0...5, using: &generator) {
    case 0: characters.removeSubrange(position..<position + min(length, 3))
    case 1: characters.insert(special.randomElement(using: &generator)!, at: position)
    case 2: characters.insert(contentsOf: characters[position..<position + length], at: position)
    case 3: characters.removeSubrange(position..<position + length)
    case 4 where position < characters.count:
      characters[position] = special.randomElement(using: &generator)!
    default:
      let piece = String(repeating: String(special.randomElement(using: &generator)!), count: 300)
      characters.insert(contentsOf: piece, at: position)
    }
  }
}
