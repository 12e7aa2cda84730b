import Foundation
import LeRobotEnvs
import Support
import Testing

/// pygame's shapes and OpenCV's resizing and markers.
struct DrawingGoldenTests {
  private struct Shapes: Decodable {
    struct Shape: Decodable {
      var kind: String
      var colour: UInt32
      var points: [[Int]]
      var radius: Int?
      var width: Int?
      /// First pixel, how many, colour.
      var runs: [[Int]]
    }
    var width: Int
    var height: Int
    var ground: UInt32
    var shapes: [Shape]
  }

  private func load<Content: Decodable>(_ type: Content.Type, _ name: String) throws -> Content {
    let file = RepositoryFiles.fixtures.appending(path: "environments/\(name).json")
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
  }

  @Test func shapesMatchPygame() throws {
    let golden = try load(Shapes.self, "pygame_shapes")
    let empty = Canvas(width: golden.width, height: golden.height, colour: golden.ground)
    for (index, shape) in golden.shapes.enumerated() {
      var canvas = empty
      let points = shape.points.map { Canvas.Point($0[0], $0[1]) }
      switch shape.kind {
      case "polygon": canvas.fillPolygon(points, shape.colour)
      case "circle": canvas.fillCircle(points[0], radius: shape.radius ?? 0, shape.colour)
      case "line":
        canvas.line(from: points[0], to: points[1], width: shape.width ?? 0, shape.colour)
      default: canvas.smoothLine(from: points[0], to: points[1], shape.colour)
      }
      var expected = empty.pixels
      for run in shape.runs {
        for pixel in run[0]..<(run[0] + run[1]) { expected[pixel] = UInt32(run[2]) }
      }
      let wrong = expected.indices.filter { canvas.pixels[$0] != expected[$0] }
      #expect(wrong.isEmpty, "\(index): \(shape.kind) \(shape.points): pixels \(wrong.prefix(9))")
    }
  }

  @Test func resizingMatchesOpenCV() throws {
    struct Resizes: Decodable {
      struct Result: Decodable {
        var width: Int
        var height: Int
        var pixels: String
      }
      var width: Int
      var height: Int
      var source: String
      var results: [Result]
    }
    let golden = try load(Resizes.self, "opencv_resizes")
    let bytes = RandomFixture.bytes(golden.source).map(UInt32.init)
    var canvas = Canvas(width: golden.width, height: golden.height, colour: 0)
    for y in 0..<golden.height {
      for x in 0..<golden.width {
        let offset = (y * golden.width + x) * 3
        let colour = bytes[offset] << 16 | bytes[offset + 1] << 8 | bytes[offset + 2]
        canvas.fillPolygon([Canvas.Point(x, y)], colour)
      }
    }
    for result in golden.results {
      let resize = BilinearResize(
        from: (golden.width, golden.height), to: (result.width, result.height))
      let expected = RandomFixture.bytes(result.pixels)
      #expect(resize(canvas).pixels == expected, "\(result.width) by \(result.height)")
    }
  }

  @Test func markersMatchOpenCV() throws {
    struct Markers: Decodable {
      struct Marker: Decodable {
        var x: Int
        var y: Int
        var size: Int
        var thickness: Int
        var runs: [[Int]]
      }
      var width: Int
      var height: Int
      var markers: [Marker]
    }
    let golden = try load(Markers.self, "opencv_markers")
    let count = golden.width * golden.height
    for marker in golden.markers {
      var image = EnvironmentImage(
        height: golden.height, width: golden.width, pixels: .init(repeating: 0, count: count * 3))
      CrossMarker(size: marker.size, thickness: marker.thickness)
        .draw(on: &image, x: marker.x, y: marker.y, colour: (9, 0, 0))
      let marked = (0..<count).filter { image.pixels[$0 * 3] == 9 }
      #expect(marked == marker.runs.flatMap { $0[0]..<($0[0] + $0[1]) }, "\(marker)")
    }
  }
}
