import Synchronization

/// A value that several threads use.
package final class Shared<Value>: Sendable {
  package let value: Mutex<Value>

  package init(_ value: sending Value) { self.value = Mutex(value) }
}
