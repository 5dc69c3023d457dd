package import Model
import Settings

/// One row of a job with every template filled in: what is started.
package struct ReadyJob: Sendable, Hashable {
    /// What it does.
    package enum Work: Sendable, Hashable {
        /// A question, for standard input.
        case prompt(String)
        /// A program and its arguments.
        case run([String])
    }

    /// The job's name.
    package var job: String
    /// `ask[module=Sources/A,lens=security]`
    package var key: String
    /// `2_1`
    package var address: String
    /// What is started, every template filled in.
    package var work: Work
    /// The settings of this row.
    package var settings: JobSettings
    /// The row; nil for a job without a matrix.
    package var row: MatrixRow?

    /// The values of the row's axes.
    package var values: JSONObject { row?.values ?? JSONObject() }

    /// What results and `missing` call it: the row's key, or the job's name.
    package var resultKey: String { row?.key ?? job }
}

extension BatchPlan {
    /// Fills in everything for one row, given what its needs came to.
    ///
    /// `index` is the number of the row from 0, nil for a job without a matrix. Throws exit status 78 when a value is
    /// missing or of the wrong kind; the row has then failed, and nothing of it was started.
    package func ready(
        _ name: String, row index: Int? = nil, outcomes: JobOutcomes = [:], folder: any BatchFolder,
        run: RunFacts = RunFacts(), failure: JobFailure? = nil
    ) throws(TuttiError) -> ReadyJob {
        let (declaration, item) = try find(name, index)
        let scope = scope(
            of: declaration, row: item.row, index: index, outcomes: outcomes, run: run, failure: failure, folder: folder
        )
        let settings = settings(of: declaration, row: item.row)
        do throws(ConfigProblem) {
            var work: ReadyJob.Work?
            for entry in settings.entries {
                switch entry.key {
                case "prompt" where declaration.settings["template"]?.bool == false:
                    work = .prompt(entry.value.json.string ?? "")
                case "prompt": work = .prompt(try entry.value.renderedPath(in: scope, file.source))
                case "prompt_file": work = .prompt(try prompt(entry.value, of: declaration, scope))
                case "run":
                    let words = try entry.value.rendered(in: scope, file.source).array ?? []
                    work = .run(words.compactMap(\.string))
                default: continue
                }
            }
            let rendered = try render(settings, scope, folder)
            guard let work else {
                throw ConfigProblem(
                    declaration.position, "job `\(name)` has nothing to do", hint: "give it a prompt or run")
            }
            if case .run(let words) = work, words.first?.isEmpty != false {
                throw ConfigProblem(
                    settings["run"]?.position ?? declaration.position, "the name of the program is empty",
                    hint: "see what its template comes to")
            }
            return ReadyJob(
                job: name, key: item.key, address: item.address, work: work, settings: JobSettings(rendered),
                row: item.row)
        } catch {
            throw ConfigProblem.error([error])
        }
    }

    /// The settings of one row alone, without the question or the command; see `ready`.
    package func settings(
        _ name: String, row index: Int? = nil, outcomes: JobOutcomes = [:], folder: any BatchFolder,
        run: RunFacts = RunFacts(), failure: JobFailure? = nil
    ) throws(TuttiError) -> JobSettings {
        let (declaration, item) = try find(name, index)
        let scope = scope(
            of: declaration, row: item.row, index: index, outcomes: outcomes, run: run, failure: failure, folder: folder
        )
        do throws(ConfigProblem) {
            return JobSettings(try render(settings(of: declaration, row: item.row), scope, folder))
        } catch {
            throw ConfigProblem.error([error])
        }
    }

    /// A job and one of its rows.
    private func find(
        _ name: String, _ index: Int?
    ) throws(TuttiError) -> (JobDeclaration, (row: MatrixRow?, key: String, address: String)) {
        guard let job = job(name), let declaration = file.job(name) else {
            throw TuttiError(.notFound, "the batch has no job `\(name)`", hint: "see: \(file.path)")
        }
        guard let item = row(of: job, number: index) else {
            throw TuttiError(
                .notFound, "job `\(name)` has no row \(index.map { "\($0 + 1)" } ?? "of its own")",
                hint: "rows are numbered from 0, and known once the job is expanded")
        }
        return (declaration, item)
    }

    /// Fills in all settings but those that say what is done.
    private func render(
        _ settings: BatchValue, _ scope: TemplateScope, _ folder: any BatchFolder
    ) throws(ConfigProblem) -> JSONObject {
        var rendered = JSONObject()
        for entry in settings.entries where !["prompt", "prompt_file", "run"].contains(entry.key) {
            rendered[entry.key] = try entry.value.rendered(in: scope, file.source)
        }
        if let save = settings["output"]?["save"], let path = rendered["output"]?["save"]?.string {
            do throws(BatchFolderError) { try folder.checkInside(path) } catch {
                throw ConfigProblem(save.position, "`save` cannot use \(error.message)", hint: error.hint)
            }
        }
        return rendered
    }

    /// The text of a prompt file with its templates filled in; its problems have their place in that file.
    private func prompt(
        _ value: BatchValue, of job: JobDeclaration, _ scope: TemplateScope
    ) throws(ConfigProblem) -> String {
        let path = try value.renderedPath(in: scope, file.source)
        let text: String
        switch scope.file(path) {
        case .success(let found): text = found
        case .failure(let error): throw ConfigProblem(value.position, "cannot read \(error.message)", hint: error.hint)
        }
        guard job.settings["template"]?.bool != false, Template.isTemplate(text) else { return text }
        do throws(TemplateError) {
            let value = try Template(text).value(in: scope)
            do throws(ExpressionError) { return try Template.text(of: value, at: 0) } catch {
                throw TemplateError(opening: 0, error, shift: 3)
            }
        } catch {
            let source = SourceText(Array(text.utf8), file: path)
            throw ConfigProblem(
                source.place(
                    ofOpening: error.opening, offset: error.offset, from: ConfigPosition(file: path, line: 1, column: 1)
                ),
                error.message, hint: error.hint)
        }
    }
}
