import Coordinator
import Model
import Scheduler
import Settings
import Store
import TestSupport
import Testing

/// A project with modules, a store and the real host, in a temporary folder: everything that a run needs.
struct Workshop {
    let folder: TemporaryFolder
    let environment: [String: String]

    /// Modules `a`, `b`, … of a project whose provider is the fake one in the format of claude. `fields` are further
    /// members of the provider.
    init(
        _ folder: TemporaryFolder, modules: Int = 1, format: String = "claude", settings: String = "",
        fields: String = ""
    )
        throws
    {
        self.folder = folder
        _ = try folder.makeFolder("project")
        var yaml = """
            version: 1
            provider: fake
            \(settings)
            providers:
              fake: { extends: \(format == "offline" ? "jsonl" : format), command: ["\(Products.fakeProvider)", --format, \(format)]\(fields) }
            modules:

            """
        for index in 0..<modules {
            let name = Workshop.name(index)
            _ = try folder.makeFolder("project/\(name)")
            yaml += "  \(name): { path: \(name) }\n"
        }
        _ = try folder.write(yaml, to: "project/tutti.yaml")
        environment = [
            "HOME": folder.file("home"), "PATH": "/usr/bin:/bin", "XDG_STATE_HOME": folder.file("state"),
            "XDG_DATA_HOME": folder.file("data"),
        ]
        _ = try folder.makeFolder("home")
    }

    /// `a`, `b`, … `z`, `m26`, …
    static func name(_ index: Int) -> String {
        index < 26 ? String(UnicodeScalar(UInt8(97 + index))) : "m\(index)"
    }

    /// Opens the store for writing.
    func store() throws -> Store {
        try Store.open(folder.file("store.db"), access: .readWrite, stateHome: folder.file("state") + "/tutti")
    }

    /// What a coordinator of this project is started with; everything is trusted.
    func surroundings(jobs: Int = 1000) -> Surroundings {
        Surroundings(
            kind: "test", environment: environment, tutti: "/bin/true", host: Products.host,
            limits: LimitSettings(jobs: jobs, memory: 0, diskFloor: 0), mayRun: { _ in })
    }

    /// A request to ask all modules.
    func request(_ question: String, flags: [String: String] = [:]) throws -> AskRequest {
        let configuration = try Configuration.load(
            directory: folder.file("project"), environment: environment,
            flags: flags.map { Configuration.Flag(key: $0.key, flag: $0.key, value: $0.value) })
        let targets = try ModuleResolver(
            configuration: configuration, directory: folder.file("project"), environment: environment
        ).resolve([], all: true)
        return AskRequest(question: question, targets: targets, configuration: configuration)
    }

    /// Runs `request` to its end in a coordinator of its own.
    func ask(_ request: AskRequest, in store: Store) throws -> RunDetail {
        let coordinator = try Coordinator(store: store, surroundings: surroundings())
        defer { coordinator.close() }
        let ticket = try coordinator.submit(PreparedRun(request, at: .now))
        let seconds = Double(TestTime.stretched(.seconds(20)).components.seconds)
        guard try coordinator.wait(for: ticket.run, seconds: seconds) else {
            coordinator.kill()
            throw Timeout()
        }
        return try detail(ticket.run, in: store)
    }

    /// A run as the store has it.
    func detail(_ run: Identifier, in store: Store) throws -> RunDetail {
        guard let detail = try store.read({ try $0.runDetail(run) }) else { throw Timeout() }
        return detail
    }

    struct Timeout: Error {}

    /// Runs `body` beside a workshop with so many modules and its store, on a thread of its own.
    static func with(
        _ modules: Int = 1, settings: String = "", _ body: @escaping @Sendable (Workshop, Store) throws -> Void
    ) async throws {
        try await onOwnThread {
            try withTemporaryFolder { folder in
                let workshop = try Workshop(folder, modules: modules, settings: settings)
                let store = try workshop.store()
                defer { store.close() }
                try body(workshop, store)
            }
        }
    }

    /// Waits until `condition` holds, looking again at each commit.
    static func wait(_ store: Store, until condition: () throws -> Bool) throws {
        let watch = TickWatch(storePath: store.path)
        let deadline = TestTime.now() + TestTime.limit
        while try !condition() {
            watch.wait()
            if TestTime.now() > deadline { throw Timeout() }
        }
    }
}

/// Executes a statement on a store behind the coordinators' backs.
func alter(_ store: Store, _ statement: String) throws {
    let program = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute(sys.argv[2]); db.commit()"
    let told = try run(["/usr/bin/env", "python3", "-c", program, store.path, statement])
    #expect(told.status == 0, "\(told.errors)")
}
