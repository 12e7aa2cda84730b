import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Where frames are kept, and how much memory there is.
struct FrameCacheChoicePropertyTests {
  private static func decide(
    _ choice: RunOptions.FrameCache?, _ decoded: Int, _ available: Int?, packed: Int? = nil
  ) -> FrameCache {
    FrameCache(
      choice, decodedBytes: decoded, packedBytes: { packed }, availableBytes: available,
      folder: "/cache")
  }

  @Test func unaskedFramesAreKeptWhereAllFitIntoAQuarterOfTheMemory() {
    #expect(Self.decide(nil, 250, 1000).place == .memory(bytes: 250))
    #expect(Self.decide(nil, 20, 1000).place == .memory(bytes: 250))
    #expect(Self.decide(nil, 251, 1000).place == .nowhere)
    #expect(Self.decide(nil, 1, nil).place == .nowhere)
  }

  /// Frames larger than that may fit when they are packed, which is found out only then.
  @Test func unaskedFramesAreKeptWhereAllFitPacked() {
    #expect(Self.decide(nil, 1600, 1000, packed: 250).place == .memory(bytes: 250))
    #expect(Self.decide(nil, 1600, 1000, packed: 251).place == .nowhere)
    let small = FrameCache(
      nil, decodedBytes: 250,
      packedBytes: {
        Issue.record("frames were read for nothing")
        return nil
      }, availableBytes: 1000, folder: "")
    #expect(small.place == .memory(bytes: 250))
  }

  @Test func memoryThatIsAskedForIsHalfOfWhatIsFree() {
    #expect(Self.decide(.ram, 400, 1000).place == .memory(bytes: 500))
    #expect(Self.decide(.ram, 900, 1000).place == .memory(bytes: 500))
    #expect(Self.decide(.ram, 900, nil).place == .memory(bytes: 900))
  }

  @Test func theOtherChoicesAreTaken() {
    #expect(Self.decide(.disk, 900, 1000).place == .disk(folder: "/cache"))
    #expect(Self.decide(.off, 1, 1000).place == .nowhere)
  }

  @Test func theLogSaysWhatWasDecided() {
    let free = 21_400_000_000
    let lines = [
      Self.decide(nil, 963_072_000, free), Self.decide(nil, 9_600_000_000, free),
      Self.decide(nil, 9_600_000_000, free, packed: 1_500_000_000),
      Self.decide(.ram, 40_000_000_000, 20_000_000_000), Self.decide(.disk, 1, nil),
      Self.decide(.off, 1, nil),
    ].map(\.description)
    #expect(
      lines == [
        "Frame cache: in memory, up to 963 MB of 21.4 GB free",
        "Frame cache: off, as 9.6 GB of decoded frames, packed to about 9.6 GB, are more than a "
          + "quarter of the free memory (21.4 GB); --dataset.frame_cache=ram keeps a part, disk all",
        "Frame cache: in memory, about 1.5 GB of 21.4 GB free, for 9.6 GB of decoded frames before "
          + "they are packed",
        "Frame cache: in memory, up to 10.0 GB, half of what is free, for 40.0 GB of decoded "
          + "frames before they are packed",
        "Frame cache: on disk, up to 1 kB in /cache", "Frame cache: off",
      ])
  }

  // MARK: - Memory

  private static let memory = "MemTotal: 32000 kB\nMemFree: 10 kB\nMemAvailable: 16000 kB\n"

  /// Files below a folder that stands for `/`.
  private static func available(_ files: [String: String]) throws -> Int? {
    let folder = try TemporaryFolder()
    for (path, text) in files {
      let url = URL(filePath: folder.file(path))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    return AvailableMemory(root: folder.path).bytes
  }

  @Test func theMachineSaysWhatItHasLeft() throws {
    #expect(try Self.available(["proc/meminfo": Self.memory]) == 16_384_000)
    #expect(try Self.available([:]) == nil)
  }

  /// The group itself has no limit, the one above it has, and pages of files count as free.
  @Test func aControlGroupAboveTheProcessLimitsIt() throws {
    let files = [
      "proc/meminfo": Self.memory, "proc/self/cgroup": "0::/slice/job\n",
      "sys/fs/cgroup/slice/job/memory.max": "max\n",
      "sys/fs/cgroup/slice/job/memory.current": "1000000\n",
      "sys/fs/cgroup/slice/memory.max": "5000000\n",
      "sys/fs/cgroup/slice/memory.current": "4000000\n",
      "sys/fs/cgroup/slice/memory.stat": "anon 3000000\ninactive_file 700000\n",
    ]
    #expect(try Self.available(files) == 1_700_000)
  }

  @Test(arguments: ["/job", "/somewhere/else"])
  func theOlderControlGroupsLimitIt(group: String) throws {
    let files = [
      "proc/meminfo": Self.memory,
      "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:\(group)\n1:name=systemd:/\n",
      // Within a container its own group is the top one.
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "6000000\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "7000000\n",
      "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 1500000\n",
      "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "100\n",
    ]
    #expect(try Self.available(files) == 500_000)
  }

  /// A group without a limit says the largest number, and its files may be read while it grows.
  @Test func moreFreePagesThanUsageAreNoOverflow() throws {
    let files = [
      "proc/meminfo": Self.memory, "proc/self/cgroup": "4:memory:/job\n",
      "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "1000000\n",
      "sys/fs/cgroup/memory/job/memory.stat": "total_inactive_file 1008192\n",
    ]
    #expect(try Self.available(files) == 16_384_000)
  }
}
