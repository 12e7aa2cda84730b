extension KeypointVision {
  /// The size of the pictures that reach the backbone, from the shape of the camera's.
  func pictureSize(of shape: [Int]) throws(PolicyConfigError) -> ImageSize {
    if let problem = PolicyChecks.resNet(visionBackbone).first { throw PolicyConfigError(problem) }
    guard shape.count == 3, shape[0] == 3 else { throw .notColour(shape) }
    guard pretrainedBackboneWeights == nil || !usesGroupNorm else { throw .pretrainedGroupNorm }
    guard keypointCount > 0 else {
      throw .tooSmall("spatial_softmax_num_keypoints", keypointCount)
    }
    let size = cropShape ?? ImageSize(height: shape[1], width: shape[2])
    let smallest = min(size.height, size.width)
    guard smallest > 0 else { throw .tooSmall("crop_shape", smallest) }
    // Batch norm has no variance over the one pixel that 32×32 pixels become.
    guard usesGroupNorm || max(size.height, size.width) > 32 else { throw .onePixel(size) }
    return size
  }
}

/// What a policy is refused for that makes keypoints of pictures.
extension PolicyConfigError {
  /// A camera's pictures are not [3, H, W].
  package static func notColour(_ shape: [Int]) -> PolicyConfigError {
    PolicyConfigError(
      "input_features",
      "pictures of shape \(shape) are not [3, height, width]; use colour pictures")
  }

  /// Pretrained weights are for batch norms.
  package static let pretrainedGroupNorm = PolicyConfigError(
    "pretrained_backbone_weights", "they are for batch norms; set use_group_norm to false")

  /// Batch norms over pictures that shrink to one pixel.
  package static func onePixel(_ size: ImageSize) -> PolicyConfigError {
    PolicyConfigError(
      "use_group_norm",
      "batch norms need pictures of more than 32 pixels, not \(size.height)×\(size.width); "
        + "raise crop_shape or set use_group_norm to true")
  }
}
