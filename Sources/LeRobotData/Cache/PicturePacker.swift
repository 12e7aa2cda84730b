import CPixels

/// Packs pictures without loss, for most videos to a fifth or a seventh of their size, and unpacks
/// them. One for each thread and camera.
///
/// A video's picture is packed as its decoder's planes, half as many bytes as RGB, and converted to
/// RGB each time it is read. Of other pictures, green is packed and the differences of red and blue
/// from it. A record begins with the picture's kind.
package final class PicturePacker {
  /// Readable bytes that must follow a record.
  package static let slack = 8
  private static let headerSize = 12
  /// The format of a kind whose planes are colours; libav's formats are 0 and above.
  private static let colours: Int32 = -1
  /// The alignment that swscale prefers for rows, and how far it may read beyond one.
  private static let alignment = 64

  private let size: (height: Int, width: Int)
  private let packed: UnsafeMutableRawBufferPointer
  private let planes: UnsafeMutableRawBufferPointer

  /// - Parameter size: of every picture.
  package init(size: (height: Int, width: Int)) {
    self.size = size
    packed = .allocate(
      byteCount: Self.bound(size) + Self.slack, alignment: MemoryLayout<Int64>.alignment)
    let stride = Self.stride(size.width)
    planes = .allocate(
      byteCount: 3 * stride * size.height + Self.alignment, alignment: Self.alignment)
    planes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit {
    packed.deallocate()
    planes.deallocate()
  }

  /// The most bytes that a record takes.
  package static func bound(_ size: (height: Int, width: Int)) -> Int {
    headerSize + 3 * cpx_packed_bound(Int32(size.width), Int32(size.height))
  }

  private static func stride(_ width: Int) -> Int { (width + alignment - 1) & ~(alignment - 1) }

  // MARK: - Packing

  /// The record of a picture that was converted from `source`; valid until the next call.
  package func pack(_ source: PlanarPicture) -> UnsafeRawBufferPointer {
    begin(source.kind)
    var count = Self.headerSize
    for plane in source.planes { count += write(plane, at: count) }
    return UnsafeRawBufferPointer(rebasing: packed[..<count])
  }

  /// The record of a picture, uint8 [3, H, W]; valid until the next call.
  package func pack(_ picture: UnsafePointer<UInt8>) -> UnsafeRawBufferPointer {
    begin(PlanarPicture.Kind(format: Self.colours, colorSpace: 0, colorRange: 0))
    let pixels = size.height * size.width
    let green = picture + pixels
    var count = Self.headerSize
    count += write(plane(UnsafeMutablePointer(mutating: green)), at: count)
    for other in [picture, picture + 2 * pixels] {
      cpx_subtract(other, green, pixels, scratch)
      count += write(plane(scratch), at: count)
    }
    return UnsafeRawBufferPointer(rebasing: packed[..<count])
  }

  private var scratch: UnsafeMutablePointer<UInt8> {
    planes.bindMemory(to: UInt8.self).baseAddress.unsafelyUnwrapped
  }

  private func plane(_ bytes: UnsafeMutablePointer<UInt8>) -> PlanarPicture.Plane {
    PlanarPicture.Plane(bytes: bytes, stride: size.width, width: size.width, height: size.height)
  }

  private func begin(_ kind: PlanarPicture.Kind) {
    packed.storeBytes(of: kind.format, toByteOffset: 0, as: Int32.self)
    packed.storeBytes(of: kind.colorSpace, toByteOffset: 4, as: UInt32.self)
    packed.storeBytes(of: kind.colorRange, toByteOffset: 8, as: UInt32.self)
  }

  private func write(_ plane: PlanarPicture.Plane, at offset: Int) -> Int {
    cpx_pack(
      plane.bytes, plane.stride, Int32(plane.width), Int32(plane.height),
      packed.baseAddress.unsafelyUnwrapped.advanced(by: offset)
        .assumingMemoryBound(to: UInt8.self))
  }

  // MARK: - Unpacking

  /// Writes a record's picture as uint8 [3, H, W].
  ///
  /// - Parameters:
  ///   - record: with `slack` readable bytes after it.
  ///   - convert: converts a picture's planes to RGB.
  /// - Returns: false where the record is damaged or cannot be converted.
  package func unpack(
    _ record: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>,
    convert: (PlanarPicture) -> Bool
  ) -> Bool {
    guard record.count > Self.headerSize else { return false }
    let kind = PlanarPicture.Kind(
      format: record.loadUnaligned(fromByteOffset: 0, as: Int32.self),
      colorSpace: record.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
      colorRange: record.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    let rest = UnsafeRawBufferPointer(rebasing: record[Self.headerSize...])
    if kind.format == Self.colours { return unpackColours(rest, into: target) }
    guard let planes = planes(of: kind) else { return false }
    return read(planes, from: rest) && convert(PlanarPicture(kind: kind, planes: planes))
  }

  /// Room for the planes of a kind.
  private func planes(of kind: PlanarPicture.Kind) -> [PlanarPicture.Plane]? {
    var next = scratch
    return kind.planeSizes(width: size.width, height: size.height)?.map { size in
      defer { next += Self.stride(size.width) * size.height }
      return PlanarPicture.Plane(
        bytes: next, stride: Self.stride(size.width), width: size.width, height: size.height)
    }
  }

  private func unpackColours(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    let pixels = size.height * size.width
    let (green, blue) = (target + pixels, target + 2 * pixels)
    guard read([plane(green), plane(target), plane(blue)], from: bytes) else { return false }
    cpx_add(target, green, pixels, target)
    cpx_add(blue, green, pixels, blue)
    return true
  }

  /// - Returns: false unless the bytes hold exactly the planes.
  private func read(
    _ planes: [PlanarPicture.Plane], from bytes: UnsafeRawBufferPointer
  ) -> Bool {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
    var offset = 0
    for plane in planes {
      let count = cpx_unpack(
        base + offset, bytes.count - offset, Int32(plane.width), Int32(plane.height), plane.bytes,
        plane.stride)
      if count == 0 { return false }
      offset += count
    }
    return offset == bytes.count
  }
}
