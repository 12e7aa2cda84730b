/// A value under a tag, as TensorBoard's plugins read it (tensorboard `compat/proto/summary.proto`).
///
/// Each value says which plugin shows it and how it is stored. Writers may leave that out after a
/// tag's first value; here every value has it, so that none depends on an earlier file.
enum SummaryValue {
  private enum Field {
    static let tag = 1
    static let number = 2
    static let image = 4
    static let tensor = 8
    static let metadata = 9
  }

  /// How a series is stored (`DataClass`).
  private enum DataClass: Int {
    case scalar = 1
    case tensor = 2
    case blobs = 3
  }

  /// A number, rounded to float32.
  ///
  /// It is stored as `simple_value`, as torch's writer does, not as a tensor: every TensorBoard shows
  /// both, but `EventAccumulator.Scalars`, by which scripts read event files, finds only this.
  static func scalar(_ tag: String, _ number: Double) -> ProtobufMessage {
    value(tag, plugin: "scalars", .scalar) { $0.add(Field.number, Float(number)) }
  }

  /// Markdown.
  static func text(_ tag: String, _ markdown: String) -> ProtobufMessage {
    value(tag, plugin: "text", .tensor) { value in
      // Of shape [].
      value.add(Field.tensor) { tensor in
        tensor.add(TensorField.type, TensorType.string)
        tensor.add(TensorField.shape) { _ in }
        tensor.add(TensorField.strings, markdown)
      }
    }
  }

  /// A picture, stored as torch's writer does.
  static func image(_ tag: String, _ picture: JPEGPicture) -> ProtobufMessage {
    value(tag, plugin: "images", .blobs) { value in
      value.add(Field.image) { image in
        image.add(1, picture.height)
        image.add(2, picture.width)
        // Red, green and blue.
        image.add(3, 3)
        image.add(4, bytes: picture.jpeg)
      }
    }
  }

  /// A message of the hparams plugin, which is all metadata; its tensor of shape [0] holds nothing.
  static func hyperparameters(_ tag: String, _ content: ProtobufMessage) -> ProtobufMessage {
    value(tag, plugin: "hparams", .tensor, content: content.bytes) { value in
      value.add(Field.tensor) { tensor in
        tensor.add(TensorField.type, TensorType.float)
        tensor.add(TensorField.shape) { shape in shape.add(2) { $0.add(1, 0) } }
      }
    }
  }

  private enum TensorField {
    static let type = 1
    static let shape = 2
    static let strings = 8
  }

  private enum TensorType {
    static let float = 1
    static let string = 7
  }

  private static func value(
    _ tag: String, plugin: String, _ dataClass: DataClass, content: [UInt8] = [],
    _ fill: (inout ProtobufMessage) -> Void
  ) -> ProtobufMessage {
    var value = ProtobufMessage()
    value.add(Field.tag, tag)
    value.add(Field.metadata) { metadata in
      metadata.add(1) { data in
        data.add(1, plugin)
        if !content.isEmpty { data.add(2, bytes: content) }
      }
      metadata.add(4, dataClass.rawValue)
    }
    fill(&value)
    return value
  }
}
