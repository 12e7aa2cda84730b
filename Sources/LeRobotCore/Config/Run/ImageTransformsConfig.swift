import OrderedCollections

/// Random changes of camera images during training (LeRobot `datasets/transforms.py`).
package struct ImageTransformsConfig: ConfigRecord {
  package var enable = false
  package var maximumCount = 3
  package var randomOrder = false
  package var transforms: OrderedDictionary<String, ImageTransformConfig> = [
    "brightness": ImageTransformConfig(
      type: "ColorJitter", arguments: ["brightness": [0.8, 1.2]]),
    "contrast": ImageTransformConfig(
      type: "ColorJitter", arguments: ["contrast": [0.8, 1.2]]),
    "saturation": ImageTransformConfig(
      type: "ColorJitter", arguments: ["saturation": [0.5, 1.5]]),
    "hue": ImageTransformConfig(
      type: "ColorJitter", arguments: ["hue": [-0.05, 0.05]]),
    "sharpness": ImageTransformConfig(
      type: "SharpnessJitter", arguments: ["sharpness": [0.5, 1.5]]),
    "affine": ImageTransformConfig(
      type: "RandomAffine",
      arguments: ["degrees": [-5.0, 5.0], "translate": [0.05, 0.05]]),
  ]

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("enable", \.enable, "Changes images in training."),
    Field("max_num_transforms", \.maximumCount, "Transforms drawn for each image."),
    Field("random_order", \.randomOrder, "Applies them in random order."),
    Field("tfs", \.transforms, "The transforms to draw from, by name."),
  ]
}

/// One image transform: its class in torchvision, its arguments and how often it is drawn.
package struct ImageTransformConfig: ConfigRecord {
  package var weight = 1.0
  package var type = "Identity"
  package var arguments: OrderedDictionary<String, JSONValue> = [:]

  package init() {}

  package init(
    type: String = "Identity", arguments: OrderedDictionary<String, JSONValue> = [:]
  ) {
    self.type = type
    self.arguments = arguments
  }

  package static let fields: [Field<Self>] = [
    Field("weight", \.weight, "How often it is drawn, relative to the others."),
    Field("type", \.type, "Identity, ColorJitter, SharpnessJitter or RandomAffine."),
    Field("kwargs", \.arguments, "Its arguments."),
  ]
}
