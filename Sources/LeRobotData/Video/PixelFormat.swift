import CFFmpeg

extension PlanarPicture.Kind {
  /// Width and height of the planes of a picture; nil where its samples are not bytes in three
  /// planes.
  func planeSizes(width: Int, height: Int) -> [(width: Int, height: Int)]? {
    let shift: (x: Int, y: Int)
    switch AVPixelFormat(format) {
    case AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P: shift = (1, 1)
    case AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P: shift = (1, 0)
    case AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P: shift = (0, 0)
    default: return nil
    }
    let colours = (width: (width + shift.x) >> shift.x, height: (height + shift.y) >> shift.y)
    return [(width, height), colours, colours]
  }
}

extension PlanarPicture {
  /// A decoded picture, for as long as the decoder keeps it; nil where its samples are not bytes
  /// in three planes.
  init?(_ frame: AVFrame) {
    let kind = Kind(
      format: frame.format, colorSpace: frame.colorspace.rawValue,
      colorRange: frame.color_range.rawValue)
    let (data, strides) = (frame.data, frame.linesize)
    guard let sizes = kind.planeSizes(width: Int(frame.width), height: Int(frame.height)),
      let first = data.0, let second = data.1, let third = data.2
    else { return nil }
    let places = [(first, strides.0), (second, strides.1), (third, strides.2)]
    let planes = zip(places, sizes).map { place, size in
      Plane(bytes: place.0, stride: Int(place.1), width: size.width, height: size.height)
    }
    self.init(kind: kind, planes: planes)
  }
}

extension AVFrame {
  /// A picture that lies elsewhere, as libav looks at it.
  init(_ picture: PlanarPicture) {
    self.init()
    let planes = picture.planes
    width = Int32(planes[0].width)
    height = Int32(planes[0].height)
    format = picture.kind.format
    colorspace = AVColorSpace(picture.kind.colorSpace)
    color_range = AVColorRange(picture.kind.colorRange)
    (data.0, data.1, data.2) = (planes[0].bytes, planes[1].bytes, planes[2].bytes)
    linesize.0 = Int32(planes[0].stride)
    linesize.1 = Int32(planes[1].stride)
    linesize.2 = Int32(planes[2].stride)
  }
}
