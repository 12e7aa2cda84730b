// swift-tools-version: 6.1
import PackageDescription

// Scripts/setup unpacks the two wheels here; absolute paths keep plain `swift build` free of
// environment variables.
let deps = Context.packageDirectory + "/.deps"

/// The torch folder whose headers the shim is compiled with: one build serves the libtorch of one release.
let libtorch = Context.environment["LEROBOT_LIBTORCH"] ?? "\(deps)/libtorch"

/// What `--version` says of the source; `make build` names it.
let commit = Context.environment["LEROBOT_COMMIT"] ?? ""

/// For builds from nothing, as CI makes them: three quarters of the time. A change of a line then takes
/// two minutes instead of half a one.
let wholeModules =
  Context.environment["LEROBOT_WHOLE_MODULES"] == "1"
  ? ["-whole-module-optimization", "-num-threads", "2"] : []

/// Compiled with optimisation in debug builds too: the tests spend their time in these modules. The
/// others take longer to optimise than the tests gain by it.
let hot: [SwiftSetting] = [.unsafeFlags(["-O"] + wholeModules, .when(configuration: .debug))]

let torchIncludes: [CXXSetting] = [
  // A file that calls few operations names them: reading all of libtorch's takes twice as long.
  .define("AT_PER_OPERATOR_HEADERS"),
  .unsafeFlags([
    "-isystem", "\(libtorch)/include",
    "-isystem", "\(libtorch)/include/torch/csrc/api/include",
    // Since 18 clang writes the constraints of templates into their names, GCC does not: without
    // this, the libtorch 2.7.1 that LeRobot installs lacks what the shim looks for.
    "-fclang-abi-compat=17",
  ]),
]

/// The shims hold no Swift, so that they can be opened by a program with a Swift library of its own.
let withoutSwift = LinkerSetting.unsafeFlags([
  "-nostartfiles", "-static-stdlib", "-no-toolchain-stdlib-rpath",
])

let package = Package(
  name: "lerobot-train",
  products: [
    .executable(name: "lerobot-train", targets: ["lerobot-train"]),
    // Nothing links this library: CTorchTable opens it once the configuration has parsed.
    .library(name: "CTorch", type: .dynamic, targets: ["CTorch"]),
    // Likewise: CArrowTable opens it at the first table (Decision 0017).
    .library(name: "CArrow", type: .dynamic, targets: ["CArrow"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  ],
  targets: [
    .target(
      name: "LeRobotCore",
      dependencies: [
        .product(name: "OrderedCollections", package: "swift-collections"),
        "Yams",
      ],
      swiftSettings: hot),
    .target(
      name: "LeRobotData",
      dependencies: [
        "LeRobotCore", "CArrowTable", "CFFmpeg", "CHDF5", "CImage", "CPixels", "CWebP",
      ],
      swiftSettings: hot),
    .target(
      name: "LeRobotHub",
      dependencies: [
        "LeRobotCore", "CCurl", "CDigest", "CLibraries",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(
      name: "LeRobotText",
      dependencies: [
        "LeRobotCore", .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: hot),
    .target(
      name: "LeRobotLogging",
      dependencies: [
        "LeRobotCore", .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: hot),
    .target(
      name: "LeRobotWandB",
      dependencies: [
        "CLibraries", "LeRobotCore", "LeRobotHub", "LeRobotLogging",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .target(
      name: "LeRobotWatch",
      dependencies: [
        "LeRobotCore", "LeRobotLogging", .product(name: "FlyingSocks", package: "FlyingFox"),
      ]),
    .target(
      name: "LeRobotEnvs",
      dependencies: [
        "LeRobotCore", "CChipmunk", "CLibraries", "CMuJoCo",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: hot),
    .target(name: "Reference", dependencies: ["LeRobotCore", "COpenBLAS"], swiftSettings: hot),
    .target(
      name: "Fast",
      dependencies: [
        "LeRobotCore", "CLibraries", "CTorchTable",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: hot),
    .target(
      name: "LeRobotTraining",
      dependencies: [
        "CLibraries", "LeRobotCore", "LeRobotData", "LeRobotEnvs", "LeRobotHub", "LeRobotLogging",
        "LeRobotText", "LeRobotWandB", "Reference", "Fast",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),
    .executableTarget(
      name: "lerobot-train",
      dependencies: [
        "CLibraries", "LeRobotCore", "LeRobotHub", "LeRobotLogging", "LeRobotTraining",
        "LeRobotWatch",
      ]),

    .executableTarget(name: "bench-environment", dependencies: ["LeRobotEnvs"]),
    .executableTarget(name: "text-ids", dependencies: ["LeRobotCore", "LeRobotText"]),
    .executableTarget(name: "bench-data", dependencies: ["LeRobotCore", "LeRobotData"]),
    .executableTarget(name: "bench-planning", dependencies: ["Fast", "LeRobotCore"]),
    .executableTarget(
      name: "large-weights",
      dependencies: [
        "LeRobotCore", "Fast",
        .product(name: "OrderedCollections", package: "swift-collections"),
      ]),

    // Part of libCTorch.so, which finds libtorch for both (Decision 0012).
    .target(name: "CKernels", cxxSettings: torchIncludes),
    .target(
      name: "CTorch",
      dependencies: ["CKernels"],
      cxxSettings: torchIncludes,
      // No place is named for them: CTorchTable has loaded them before it opens this.
      linkerSettings: [
        withoutSwift, .unsafeFlags(["-L\(libtorch)/lib"]), .linkedLibrary("torch_cpu"),
        .linkedLibrary("c10"),
      ]),
    .target(name: "CTorchTable"),
    .target(name: "CArrowTable", dependencies: ["CLibraries"]),
    .target(
      name: "CArrow",
      cxxSettings: [.unsafeFlags(["-isystem", "\(deps)/arrow/include"])],
      linkerSettings: [
        withoutSwift,
        .unsafeFlags([
          "-L\(deps)/arrow",
          "-Xlinker", "-l:libarrow.so.2600", "-Xlinker", "-l:libparquet.so.2600",
        ]),
        // Beside this, and in the checkout.
        .unsafeFlags([
          "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN", "-Xlinker", "-rpath", "-Xlinker",
          "\(deps)/arrow",
        ]),
      ]),
    .target(name: "CCurl", dependencies: ["CLibraries"]),
    .target(name: "CDigest", dependencies: ["CLibraries"]),
    .target(name: "CFFmpeg", dependencies: ["CLibraries"]),
    .target(name: "CHDF5", dependencies: ["CLibraries"]),
    .target(name: "CImage", dependencies: ["CLibraries"]),
    .target(
      name: "CLibraries",
      cSettings: [.define("LEROBOT_COMMIT", to: "\"\(commit)\"")]),
    .target(name: "CMuJoCo", dependencies: ["CLibraries"]),
    .target(name: "COpenBLAS", dependencies: ["CLibraries"]),
    .target(name: "CPixels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "CWebP", dependencies: ["CLibraries"]),
    .target(
      name: "CChipmunk", dependencies: ["CLibraries"],
      // pymunk's library looks for this variable of Python's in the program.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=_Py_NoneStruct"])]),

    // A Hugging Face hub on loopback, to test against.
    .target(
      name: "FakeHub", dependencies: ["CDigest"], path: "Tests/FakeHub",
      exclude: [
        "check_client.py", "check_client_support.py", "check_client_calls.py",
        "check_client_faults.py",
      ]),
    .executableTarget(name: "fake-hub", dependencies: ["FakeHub"]),
    .target(
      name: "ThreadSanitizer", path: "Tests/ThreadSanitizer", exclude: ["suppressions.txt"],
      cSettings: [.define("_GNU_SOURCE")]),
    .target(
      name: "Support",
      dependencies: [
        "ThreadSanitizer",
        "LeRobotCore", "LeRobotData", "LeRobotEnvs", "LeRobotHub", "LeRobotLogging", "LeRobotText",
        "Reference", "Fast", "FakeHub", "LeRobotWatch",
      ],
      path: "Tests/Support",
      swiftSettings: hot),
    .testTarget(
      name: "GoldenTests",
      dependencies: [
        "LeRobotCore", "LeRobotData", "LeRobotEnvs", "LeRobotHub", "LeRobotLogging",
        "LeRobotText", "LeRobotTraining", "LeRobotWandB", "LeRobotWatch", "FakeHub",
        "Reference", "Fast", "Support",
      ],
      path: "Tests/Golden"),
    .testTarget(
      name: "PropertyTests",
      dependencies: [
        "LeRobotCore", "LeRobotData", "LeRobotEnvs", "LeRobotHub", "LeRobotLogging",
        "LeRobotText", "LeRobotTraining", "LeRobotWandB", "LeRobotWatch", "FakeHub",
        "Reference",
        "Fast", "Support",
      ],
      path: "Tests/Property"),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
