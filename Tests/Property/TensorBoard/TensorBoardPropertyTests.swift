import LeRobotCore
import LeRobotLogging
import Support
import Synchronization
import Testing

/// An event file holds what `metrics.jsonl` does, and what the run is.
@Suite struct TensorBoardPropertyTests {
  /// What lines of metrics should become, written down a second time.
  static func expected(_ records: [MetricsRecord]) -> Set<ScalarPoint> {
    Set(
      records.flatMap { record in
        let section = record.kind == .training ? "train/" : "eval/"
        var values = record.values.filter { $0.key != "steps" }.compactMapValues(\.doubleValue)
        if record.kind == .training {
          // 8 samples in 0.4 seconds; 3 MiB.
          values["samples_per_s"] = 8 / (0.3 + 0.1)
          values["memory_mib"] = 3
        }
        return values.map { name, value in
          ScalarPoint(tag: section + name, step: record.step, number: Float(value))
        }
      })
  }

  @Test func everyLineIsThereAsSoonAsItIsMeasured() throws {
    let run = try TensorBoardRun()
    let observer = TensorBoardObserver(try run.history())
    let events: [RunEvent] =
      TensorBoardRun.intervals([10, 20]) + [
        .evaluated(TensorBoardRun.summary(), TensorBoardRun.evaluation(20)),
        .interval(TensorBoardRun.interval(30)),
      ]
    try observer.consume(.began(step: 0))
    let metrics = try MetricsFileObserver(path: run.directory.metricsFile, resumingAt: 0)
    for event in events {
      try metrics.consume(event)
      try observer.consume(event)
      let (points, lines) = (try run.events().scalars, try RunReader(run.path).history.records)
      #expect(Set(points) == Self.expected(lines))
      #expect(Set(points).count == points.count)
    }
    let norms = try run.events().values("scalars").filter { $0.tag == "train/grad_norm" }
    #expect(norms.map(\.number) == [3, 3, .infinity])
    #expect(norms.map(\.time) == [2010, 2020, 2030])
  }

  @Test func eachGroupOfParametersHasItsRate() throws {
    let run = try TensorBoardRun()
    let observer = TensorBoardObserver(try run.history(groups: ["main", "backbone"]))
    try observer.consume(.began(step: 0))
    try observer.consume(.interval(TensorBoardRun.interval(10, rates: [1e-5, 2e-6, 3e-7])))
    let rates = try run.events().values("scalars").filter { $0.tag.hasPrefix("train/lr") }
    #expect(
      rates.map(\.tag) == ["train/lr", "train/lr/main", "train/lr/backbone", "train/lr/2"])
    #expect(rates.map(\.number) == [1e-5, 1e-5, 2e-6, 3e-7])
  }

  @Test func theRunIsDescribed() throws {
    let run = try TensorBoardRun()
    let observer = TensorBoardObserver(try run.history())
    try observer.consume(.began(step: 0))
    let texts = try run.events().values("text")
    #expect(
      texts.map(\.tag) == [
        "run/configuration", "run/command", "run/data_and_policy", "run/machine", "run/versions",
      ])
    let configuration = texts[0].text.split(separator: "\n")
    #expect(configuration.prefix(2) == ["| option | value | origin |", "| --- | --- | --- |"])
    #expect(configuration[2] == "| seed | 1000 | default |")
    // A newline is two characters in JSON; the rest must not end the cell or become HTML.
    #expect(
      configuration[5]
        == #"| rename\_map | "a\|b\_\*\[c\]&lt;d&gt;\\n\`e\`&amp;" | config.json, 3:1 |"#)
    #expect(texts[1].text.contains("| 0 | lerobot-train --seed=1000 |"))
  }

  @Test func runsCanBeComparedByTheirSettings() throws {
    let run = try TensorBoardRun()
    let observer = TensorBoardObserver(try run.history())
    try observer.consume(.began(step: 0))
    try observer.consume(.interval(TensorBoardRun.interval(10)))
    try observer.consume(.ended(.finished))
    let values = try run.events().values("hparams")
    #expect(values.map(\.tag) == ["_hparams_/session_start_info", "_hparams_/session_end_info"])
    let contents = values.compactMap { $0.fields.message(9)?.message(1)?.message(2) }
    let settings = contents.first?.message(3)?.messages(1).map { $0.text(1) }
    // `log_freq` is the default, and nothing that runs are compared by.
    #expect(settings == ["seed", "batch_size", "rename_map"])
    #expect(contents.last?.message(4)?.number(1) == 1)
  }

  @Test func picturesOfTheFirstBatchComeOnceTheyAreMade() throws {
    let run = try TensorBoardRun()
    let box = PictureBox()
    let observer = TensorBoardObserver(try run.history(), firstBatch: { box.pictures })
    try observer.consume(.began(step: 0))
    #expect(try run.events().values("images").isEmpty)
    box.pictures = [FirstBatchPicture(camera: "top", jpeg: [1, 2, 3], width: 4, height: 5)]
    // Any event will do, and only one of them.
    try observer.consume(.saving(step: 1))
    try observer.consume(.interval(TensorBoardRun.interval(10)))
    let images = try run.events().values("images")
    #expect(images.map(\.tag) == ["first_batch/top"])
    let picture = try #require(images.first?.picture)
    #expect(picture.number(1) == 5 && picture.number(2) == 4)
    #expect(picture.values[4] == [.bytes([1, 2, 3])])
  }

  @Test func anEvaluationShowsItsVideos() throws {
    let run = try TensorBoardRun()
    let observer = TensorBoardObserver(
      try run.history(),
      picture: { path in
        path.hasSuffix("broken.mp4")
          ? nil : JPEGPicture(jpeg: Array(path.utf8), width: 1, height: 1)
      })
    try observer.consume(.began(step: 0))
    let videos = ["eval/a.mp4", "eval/broken.mp4", "eval/b.mp4"].map { run.path + "/" + $0 }
    try observer.consume(
      .evaluated(TensorBoardRun.summary(videos: videos), TensorBoardRun.evaluation(20)))
    let images = try run.events().values("images")
    #expect(images.map(\.tag) == ["eval/video", "eval/video/2"])
    #expect(images.map { $0.picture?.text(4) } == [videos[0], videos[2]])
    #expect(images.allSatisfy { $0.step == 20 })
  }
}

/// Pictures that one thread makes and another reads.
private final class PictureBox: Sendable {
  private let value = Mutex<[FirstBatchPicture]>([])
  var pictures: [FirstBatchPicture] {
    get { value.withLock { $0 } }
    set { value.withLock { $0 = newValue } }
  }
}
