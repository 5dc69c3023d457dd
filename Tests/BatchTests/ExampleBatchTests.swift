import Model
import Settings
import TestSupport
import Testing

@testable import Batch

/// The batches in `Config/examples`: each is read and planned without a word of warning, and those of commands do what they say.
@Suite struct ExampleBatchTests {
    private static let folder = BatchSchemaTests.root + "/Config/examples"

    /// The modules and providers of the project that the examples lie in.
    private func project() throws -> BatchSurroundings {
        let bytes = try #require(contents(of: Self.folder + "/tutti.yaml"))
        let layer = try ConfigLayer.read(bytes, file: "tutti.yaml", root: Self.folder, home: "/h", owner: .project)
        return BatchSurroundings(
            modules: layer.modules.map { .init($0.name, path: $0.path) }, modulesFile: "tutti.yaml",
            providers: try ProviderCatalog(layers: [layer]).names)
    }

    private func plan(_ name: String) throws -> BatchPlan {
        let bytes = try #require(contents(of: "\(Self.folder)/\(name).batch.yaml"), "\(name) is missing")
        let file = try BatchFile.read(bytes, path: "\(name).batch.yaml")
        return try BatchPlan.make(
            file, inputs: try file.inputValues(given: []), folder: DiskFolder(Self.folder), displayFolder: Self.folder)
    }

    @Test func `their project has the modules and providers that they name`() throws {
        let project = try project()
        #expect(project.moduleNames == ["gateway", "payments", "search", "docs"])
        #expect(project.providers.contains("sorter") && project.providers.contains("offline"))
    }

    @Test func `there are five, and each can be planned`() throws {
        let names = namesInFolder(Self.folder).filter { $0.hasSuffix(".batch.yaml") }.map { String($0.dropLast(11)) }
        #expect(names == ["checks", "nightly", "pipeline", "questions", "retries"])
        for name in names {
            let plan = try plan(name)
            #expect(plan.warnings.map(\.message) == [], "\(name)")
            #expect(plan.obstacles(in: try project()) == [], "\(name)")
        }
    }

    /// Runs a batch as a coordinator would, one row after the other: commands for real, questions answered by `answer`.
    private func go(
        _ plan: BatchPlan, answer: (ReadyJob, String) -> String? = { _, question in question }
    ) throws -> (outcomes: JobOutcomes, order: [String]) {
        var plan = plan
        let folder = try DiskFolder(Self.folder)
        var outcomes: JobOutcomes = [:]
        var order: [String] = []
        var moved = true
        while moved {
            moved = false
            for name in plan.jobs.map(\.name) where outcomes[name] == nil {
                let hasMatrix = plan.file.job(name)?.matrix != nil
                switch plan.verdict(on: name, outcomes: outcomes) {
                case .wait: continue
                case .skip, .unneeded: outcomes[name] = .skipped(hasMatrix: hasMatrix)
                case .fail(let problem): throw problem
                case .start:
                    var printed: [String: [JSONValue]] = [:]
                    for (axis, words) in try plan.axisCommands(of: name, outcomes: outcomes, folder: folder) {
                        printed[axis] = try MatrixData.printed(
                            try run(["/usr/bin/env"] + words, directory: Self.folder).output)
                    }
                    try plan.expand(name, outcomes: outcomes, printed: printed, folder: folder)
                    let items = plan.rows(of: try #require(plan.job(name)))
                    var rows: [JobOutcome.Row] = []
                    for (index, item) in items.enumerated() {
                        let called = JobFailure(job: "some", key: "some", failure: Failure(.crash, "it broke"))
                        let ready = try plan.ready(
                            name, row: item.row == nil ? nil : index, outcomes: outcomes, folder: folder,
                            failure: plan.file.job(name)?.isOnDemand == true ? called : nil)
                        rows.append(try row(ready, plan, answer))
                        order.append(ready.key)
                    }
                    outcomes[name] = JobOutcome(rows: rows, hasMatrix: hasMatrix)
                }
                moved = true
            }
        }
        return (outcomes, order)
    }

    private func row(
        _ ready: ReadyJob, _ plan: BatchPlan, _ answer: (ReadyJob, String) -> String?
    ) throws -> JobOutcome.Row {
        var text: String?
        switch ready.work {
        case .prompt(let question): text = answer(ready, question)
        case .run(let words):
            let result = try run(["/usr/bin/env"] + words, directory: Self.folder)
            text = result.status == 0 ? result.output : nil
        }
        var outputs = JSONObject()
        if let text {
            for output in plan.file.job(ready.job)?.outputs ?? [] { outputs[output.name] = try output.value(of: text) }
        }
        return .init(
            key: ready.resultKey, address: ready.address, status: text == nil ? .failure : .success,
            values: ready.values,
            text: text ?? "", outputs: outputs)
    }

    @Test func `the pipeline classifies, plans, works in parallel, aggregates and analyses`() throws {
        let plan = try plan("pipeline")
        #expect(plan.jobs.map(\.wave) == [1, 2, 3, 4, 5, 6, nil])
        let (outcomes, order) = try go(plan)
        #expect(
            order == [
                "classify", "plan", "operation[step=orders]", "operation[step=tickets]", "operation[step=notes]",
                "combination[step=orders-tickets]", "aggregate", "analyse",
            ])
        let facts = try #require(outcomes["aggregate"]?.rows.first?.text)
        #expect(facts.contains("## step=orders\n\nopen: 1\npaid: 3\nrefunded: 1\n"))
        #expect(facts.contains("ben: 2 orders, 1 tickets") && facts.contains("Not read: \n"))
        #expect(outcomes["report"]?.status == .skipped)
    }

    @Test func `a question about one source needs no combination`() throws {
        let bytes = try #require(contents(of: Self.folder + "/pipeline.batch.yaml"))
        let file = try BatchFile.read(bytes, path: "pipeline.batch.yaml")
        let plan = try BatchPlan.make(
            file, inputs: try file.inputValues(given: [("question", "How many tickets are there?")]),
            folder: DiskFolder(Self.folder), displayFolder: Self.folder)
        let (outcomes, order) = try go(plan)
        #expect(order == ["classify", "plan", "operation[step=tickets]", "aggregate", "analyse"])
        #expect(outcomes["combination"]?.rows.isEmpty == true && outcomes["analyse"]?.status == .success)
    }

    @Test func `the checks pass, and their report of a failure can be filled in`() throws {
        let (outcomes, _) = try go(try plan("checks"))
        #expect(outcomes["files"]?.rows.count == 3)
        #expect(
            outcomes["summary"]?.rows.first?.outputs["text"]
                == "3 files are whole; orders are open: 1, paid: 3, refunded: 1")
        #expect(outcomes["explain"]?.status == .skipped)
    }

    @Test func `the questions are asked of their folders and merged`() throws {
        let (outcomes, _) = try go(try plan("questions")) { ready, question in
            ready.job == "ask" && ready.address == "1_2" ? nil : question
        }
        #expect(outcomes["ask"]?.status == .failure)
        let merged = try #require(outcomes["merge"]?.rows.first?.text)
        #expect(
            merged.hasPrefix("2 of 3 questions were answered.\n## row=auth\n\nWhich endpoints skip the auth check?"))
        #expect(merged.hasSuffix("Not answered: row=slow\n"))
    }

    @Test func `the nightly review asks each module that its command lists`() throws {
        let (outcomes, order) = try go(try plan("nightly"))
        #expect(order.first == "review[folder=../demo/docs]" && outcomes["review"]?.rows.count == 5)
        #expect(outcomes["digest"]?.status == .success)
    }

    @Test func `the modules are asked by lens, one row first`() throws {
        let plan = try plan("retries")
        let rows = plan.rows(of: try #require(plan.job("ask")))
        #expect(rows.count == 7)
        let first = try plan.ready("ask", row: 2, folder: DiskFolder(Self.folder))
        #expect(first.key == "ask[module=payments,lens=auth]" && first.settings.priority == 5)
        #expect(first.settings.retry(over: RetrySettings()).maxDelay == .seconds(2) && first.settings.pools == ["desk"])
    }
}
