import CFFmpeg
import CPixels

/// The decoder whose pixels are reproduced; the names are those of `--dataset.video_backend`.
package enum VideoBackend: String, Sendable, CaseIterable {
  /// The coefficients of the picture's own colour space.
  case torchcodec
  /// BT.601 coefficients whatever the picture says.
  case pyav
}

/// Turns decoded pictures into RGB as LeRobot's decoders do.
///
/// Both convert with swscale, bilinear; they differ in the coefficients only.
final class ColorConverter {
  private struct Key: Equatable {
    var width: Int32
    var height: Int32
    var format: Int32
    var colorSpace: UInt32
    var colorRange: UInt32
  }

  let backend: VideoBackend
  private var context: OpaquePointer?
  private var key: Key?
  private var pixels: UnsafeMutableBufferPointer<UInt8> = .allocate(capacity: 0)

  init(backend: VideoBackend) {
    self.backend = backend
  }

  deinit {
    // Without a context FFmpeg may never have been opened.
    if let context { cff_sws_freeContext(context) }
    pixels.deallocate()
  }

  /// Converts a picture to three planes, uint8 [3, H, W].
  ///
  /// - Returns: false where swscale knows no way from the picture's format to RGB.
  func convert(
    _ frame: UnsafeMutablePointer<AVFrame>, into planes: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    prepare(frame.pointee)
    let (width, height) = (frame.pointee.width, frame.pointee.height)
    // As libav pads its own pictures: swscale fills rows in steps of eight pixels, and leaves out
    // the last step where the row has no room for it.
    let stride = 3 * ((Int(width) + 63) & ~63)
    guard let context, let target = interleaved(stride * Int(height) + 64) else { return false }
    var targets: [UnsafeMutablePointer<UInt8>?] = [target, nil, nil, nil]
    let strides = [Int32(stride), 0, 0, 0]
    let lines = withUnsafeBytes(of: &frame.pointee.data) { source in
      withUnsafeBytes(of: &frame.pointee.linesize) { sourceStrides in
        cff_sws_scale(
          context,
          source.baseAddress?.assumingMemoryBound(to: UnsafePointer<UInt8>?.self),
          sourceStrides.baseAddress?.assumingMemoryBound(to: Int32.self), 0, height,
          &targets, strides)
      }
    }
    guard lines == height else { return false }
    cpx_rgb_to_planes(target, stride, width, height, planes)
    return true
  }

  /// Room for interleaved pixels, as swscale writes them.
  private func interleaved(_ size: Int) -> UnsafeMutablePointer<UInt8>? {
    if pixels.count < size {
      pixels.deallocate()
      pixels = .allocate(capacity: size)
    }
    return pixels.baseAddress
  }

  // Not sws_getCachedContext: it never recognises a yuvj420p picture, whose format it rewrites.
  private func prepare(_ frame: AVFrame) {
    let wanted = Key(
      width: frame.width, height: frame.height, format: frame.format,
      colorSpace: frame.colorspace.rawValue, colorRange: frame.color_range.rawValue)
    if wanted == key { return }
    cff_sws_freeContext(context)
    key = wanted
    context = cff_sws_getContext(
      frame.width, frame.height, AVPixelFormat(frame.format), frame.width, frame.height,
      AV_PIX_FMT_RGB24, SWS_BILINEAR, nil, nil, nil)
    guard backend == .torchcodec, let context else { return }
    let coefficients = cff_sws_getCoefficients(Int32(frame.colorspace.rawValue))
    var (inverse, table): (UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?)
    var (sourceRange, targetRange): (Int32, Int32) = (0, 0)
    var (brightness, contrast, saturation): (Int32, Int32, Int32) = (0, 0, 0)
    _ = cff_sws_getColorspaceDetails(
      context, &inverse, &sourceRange, &table, &targetRange, &brightness, &contrast, &saturation)
    // torchcodec hands other widths to libavfilter, which believes the picture's range too.
    if frame.width % 32 != 0, frame.color_range != AVCOL_RANGE_UNSPECIFIED {
      sourceRange = frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0
    }
    _ = cff_sws_setColorspaceDetails(
      context, coefficients, sourceRange, coefficients, targetRange, brightness, contrast,
      saturation)
  }
}
