/// The sizes of a transformer that reads text, as a model's config.json names them.
package struct DecoderSizes: Sendable, Equatable {
  /// What its layers are made of.
  package enum Kind: Sendable {
    /// Norms with a weight; gates by silu.
    case llama
    /// Norms whose weight is added to 1; gates by gelu.
    case gemma
    /// The same with norms that a condition of the model's width decides.
    case conditionedGemma
  }

  package var kind = Kind.llama
  /// D, `hidden_size`.
  package var width: Int
  /// `num_hidden_layers`.
  package var layerCount: Int
  /// H, `num_attention_heads`.
  package var headCount: Int
  /// G, `num_key_value_heads`.
  package var keyHeadCount: Int
  /// d, `head_dim`.
  package var headWidth: Int
  /// F, `intermediate_size`.
  package var hiddenWidth: Int
  /// ε, `rms_norm_eps`.
  package var epsilon: Double
  /// Rows of the table of tokens, `vocab_size`.
  package var vocabularySize: Int
  /// The token whose row is zero in a new table, `pad_token_id`.
  package var paddingToken: Int?

  package init(
    width: Int, layerCount: Int, headCount: Int, keyHeadCount: Int, headWidth: Int,
    hiddenWidth: Int, epsilon: Double, vocabularySize: Int, paddingToken: Int? = nil
  ) {
    (self.width, self.layerCount, self.hiddenWidth) = (width, layerCount, hiddenWidth)
    (self.headCount, self.keyHeadCount, self.headWidth) = (headCount, keyHeadCount, headWidth)
    (self.epsilon, self.vocabularySize) = (epsilon, vocabularySize)
    self.paddingToken = paddingToken
  }
}

/// The sizes of a transformer that looks at pictures, as a model's config.json names them.
package struct VisionTransformerSizes: Sendable, Equatable {
  /// D, `hidden_size`.
  package var width: Int
  /// `num_hidden_layers`.
  package var layerCount: Int
  /// H, `num_attention_heads`.
  package var headCount: Int
  /// F, `intermediate_size`.
  package var hiddenWidth: Int
  /// `layer_norm_eps`.
  package var epsilon: Double
  /// Pixels of a picture's side, `image_size`.
  package var pictureSide: Int
  /// p, pixels of a patch's side, `patch_size`.
  package var patchSide: Int
  /// Whether a layer lists each norm before what it goes before, as SigLIP does; SmolVLM lists it after.
  package var listsNormsFirst = false

  package init(
    width: Int, layerCount: Int, headCount: Int, hiddenWidth: Int, epsilon: Double,
    pictureSide: Int, patchSide: Int
  ) {
    (self.width, self.layerCount, self.headCount) = (width, layerCount, headCount)
    (self.hiddenWidth, self.epsilon) = (hiddenWidth, epsilon)
    (self.pictureSide, self.patchSide) = (pictureSide, patchSide)
  }

  /// Patches along a side.
  package var patchesPerSide: Int { pictureSide / patchSide }
}
