/// The field at one size: only what changes from picture to picture is resized again.
struct PushTView {
  private let resize: BilinearResize
  private let background: EnvironmentImage

  init(of painter: PushTPainter, size: PictureSize) {
    let field = painter.background
    resize = BilinearResize(
      from: (field.width, field.height), to: (size.width, size.height))
    background = resize(field)
  }

  /// The painter's last picture.
  func image(of painter: PushTPainter) -> EnvironmentImage {
    var image = background
    resize.update(&image.pixels, from: painter.canvas, within: painter.canvas.touched)
    return image
  }
}
