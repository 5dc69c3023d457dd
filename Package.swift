// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target of the package is compiled with: warnings are errors, and an import stays private to its file.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "tutti",
    products: [
        .executable(name: "tutti", targets: ["tutti"]),
        .executable(name: "tutti-host", targets: ["tutti-host"]),
        .library(name: "TuttiKit", targets: ["TuttiKit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The words that all rooms share; imports nothing.
        .target(name: "Model", swiftSettings: strict),

        // C seams.
        .systemLibrary(name: "CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(name: "CLinux"),

        // From a child's stdout to events.
        .target(
            name: "EventLoop", dependencies: ["CLibuv", "CLinux"], swiftSettings: strict + [.strictMemorySafety()]),
        .target(name: "StreamJSON", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "Providers", dependencies: ["Model", "StreamJSON"], swiftSettings: strict),
        .executableTarget(name: "tutti-host", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "Sessions", dependencies: ["Model", "EventLoop", "Providers", "StreamJSON", "CLinux"],
            swiftSettings: strict),

        // What to do next, and what happened.
        .target(name: "Scheduler", dependencies: ["Model"], swiftSettings: strict),
        .target(name: "Store", dependencies: ["Model", "StreamJSON", "CLinux", grdb, sqlite], swiftSettings: strict),
        .target(name: "Settings", dependencies: ["Model", "Providers", yams], swiftSettings: strict),
        .target(name: "Batch", dependencies: ["Model", "StreamJSON", "Settings"], swiftSettings: strict),
        .target(name: "Offline", dependencies: ["Model", grdb], swiftSettings: strict),
        .target(
            name: "Coordinator",
            dependencies: [
                "Model", "EventLoop", "StreamJSON", "Sessions", "Providers", "Scheduler", "Batch", "Store", "Settings",
                "CLinux",
            ],
            swiftSettings: strict),

        // What a person types, and what a program embeds.
        .target(
            name: "Commands",
            dependencies: [
                "Model", "StreamJSON", "Providers", "Scheduler", "Sessions", "Store", "Settings", "Batch", "Offline",
                "Coordinator", "CLinux", argumentParser,
            ],
            swiftSettings: strict),
        .executableTarget(name: "tutti", dependencies: ["Commands"], swiftSettings: strict),
        .target(name: "TuttiKit", dependencies: ["Model", "Coordinator", "Store", "Settings"], swiftSettings: strict),

        // Tests, one folder per target.
        .executableTarget(name: "fake-provider", path: "Tests/fake-provider", swiftSettings: strict),
        .executableTarget(
            name: "store-writer", dependencies: ["Model", "Store"], path: "Tests/store-writer", swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Model", "CLinux"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StreamJSONTests", dependencies: ["Model", "StreamJSON", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ProvidersTests", dependencies: ["Model", "Providers", "StreamJSON", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "HostTests", dependencies: ["Model", "TestSupport", "tutti-host", "fake-provider"],
            swiftSettings: strict),
        .testTarget(
            name: "EventLoopTests", dependencies: ["EventLoop", "Model", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SessionsTests",
            dependencies: [
                "Model", "Sessions", "EventLoop", "Providers", "TestSupport", "tutti-host", "fake-provider",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SchedulerTests", dependencies: ["Model", "Scheduler", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "StoreTests", dependencies: ["Model", "Store", "TestSupport", "store-writer", grdb],
            swiftSettings: strict),
        .testTarget(
            name: "SettingsTests", dependencies: ["Model", "Settings", "Providers", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "BatchTests", dependencies: ["Model", "Batch", "Settings", "TestSupport"], exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(name: "OfflineTests", dependencies: ["Model", "Offline", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CoordinatorTests",
            dependencies: [
                "Model", "Coordinator", "Batch", "Scheduler", "Sessions", "StreamJSON", "Store", "Settings",
                "Providers",
                "TestSupport", "tutti", "tutti-host", "fake-provider",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Model", "Commands", "Batch", "Store", "Settings", "TestSupport", argumentParser],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Model", "TuttiKit", "TestSupport", "tutti", "tutti-host", "fake-provider"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
