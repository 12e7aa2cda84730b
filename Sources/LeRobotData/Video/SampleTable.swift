import CFFmpeg

/// All coded pictures of a video stream, and the file that holds their bytes.
struct SampleTable {
  /// In decoding order, with presentation times; positions are those in `bytes`.
  let samples: [VideoSample]
  let bytes: SampleFile
  /// Whether `bytes` is a temporary copy.
  let isCopied: Bool

  /// Reads the header where that lists all samples, else the whole file.
  ///
  /// The header lists decoding times. They are presentation times too where nothing is reordered:
  /// always in AV1, VP9 and Motion JPEG, and in H.264 when the demuxer finds no delay. Whether
  /// they agree with what the demuxer delivers is checked on the first packet.
  /// - Throws: `DataError.unreadable`, or `notWritable` where samples have to be copied and cannot.
  init(_ demuxer: Demuxer) throws(DataError) {
    guard let first = demuxer.nextSample() else {
      throw .unreadable(file: demuxer.path, reason: "it holds no pictures")
    }
    let file = try SampleFile(path: demuxer.path)
    let samples: [VideoSample]
    if demuxer.listsSamples, demuxer.showsInOrder, case let listed = demuxer.listedSamples,
      listed.first == first
    {
      (samples, bytes, isCopied) = (listed, file, false)
    } else if let found = Self.found(from: first, demuxer, in: file) {
      (samples, bytes, isCopied) = (found, file, false)
    } else {
      (samples, bytes) = try Self.copied(demuxer.path)
      isCopied = true
    }
    self.samples = try Self.timed(samples, demuxer.path)
  }

  /// The samples with presentation times. AVI has none; where nothing is reordered, they are the
  /// decoding times.
  private static func timed(
    _ samples: [VideoSample], _ path: String
  ) throws(DataError) -> [VideoSample] {
    func isTimed(_ sample: VideoSample) -> Bool { sample.presentationTime != cff_no_timestamp }
    if samples.allSatisfy(isTimed) { return samples }
    var timed = samples
    for index in timed.indices where !isTimed(timed[index]) {
      timed[index].presentationTime = timed[index].decodingTime
    }
    guard timed.allSatisfy(isTimed), try Demuxer(path: path).lookingIntoStream().showsInOrder else {
      throw .unreadable(
        file: path, reason: "its pictures carry no time; convert it to MP4 with ffmpeg")
    }
    return timed
  }

  /// The samples where they stand in the file; nil where the bytes of one are not in one piece.
  private static func found(
    from first: VideoSample, _ demuxer: Demuxer, in file: SampleFile
  ) -> [VideoSample]? {
    var samples: [VideoSample] = []
    var next: VideoSample? = first
    while var sample = next {
      // MP4 gives the place itself, others only a place before it.
      let place: Int64? =
        demuxer.isMP4 && sample.position >= 0
        ? sample.position
        : demuxer.withBytes { file.position(of: $0, from: sample.position) }
      guard let place else { return nil }
      sample.position = place
      samples.append(sample)
      next = demuxer.nextSample()
    }
    return samples
  }

  /// The samples one after the other in a temporary file: those of MPEG-TS lie in pieces, and
  /// Matroska may leave out the bytes that all begin with.
  private static func copied(
    _ path: String
  ) throws(DataError) -> (samples: [VideoSample], bytes: SampleFile) {
    let demuxer = try Demuxer(path: path)
    let file = try SampleFile()
    var samples: [VideoSample] = []
    while var sample = demuxer.nextSample() {
      let result = demuxer.withBytes { bytes in
        Result { () throws(DataError) in try file.append(bytes) }
      }
      sample.position = try result.get()
      samples.append(sample)
    }
    return (samples, file)
  }
}
