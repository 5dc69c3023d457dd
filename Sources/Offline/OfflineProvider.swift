import Glibc
import Model

/// Answers a question from the files of one folder, by full-text search: a provider that needs no key and is no model.
///
/// The hidden subcommand `tutti offline` calls it; it runs as a child process like any other provider.
package struct OfflineProvider {
    /// How it answers.
    package struct Options: Sendable, Hashable {
        /// The module's folder.
        package var folder: String
        /// Between two pieces of the answer; zero answers as fast as it goes.
        package var pace: Duration
        /// The most passages that are quoted.
        package var passages: Int

        /// Options for `folder`.
        package init(folder: String, pace: Duration = .milliseconds(25), passages: Int = 5) {
            self.folder = folder
            self.pace = pace
            self.passages = passages
        }
    }

    private let options: Options
    private let sink: any LineSink
    private let pace: any Pace

    /// A provider that writes its events to `sink`.
    package init(_ options: Options, sink: any LineSink = StandardSink(), pace: any Pace = RealPace()) {
        self.options = options
        self.sink = sink
        self.pace = pace
    }

    /// Runs `tutti offline` with these arguments: `--folder PATH` (the working directory unless given), `--pace MS`,
    /// `--passages N`, `--model` and its value without effect. The question comes from standard input. Returns the exit
    /// status: 0 after a result, 1 after an error event, 64 for an argument that it does not know.
    package static func run(
        _ arguments: [String], sink: any LineSink = StandardSink(), pace: any Pace = RealPace(),
        question: () -> [UInt8]? = { readStandardInput(limit: 16 << 20) }
    ) -> Int32 {
        var options = Options(folder: ".")
        var arguments = Arguments(arguments)
        while let argument = arguments.next() {
            switch argument {
            case "--folder":
                guard let folder = arguments.value() else { return Arguments.refuse("--folder needs a path") }
                options.folder = folder
            case "--pace":
                guard let text = arguments.value(), let pace = Int(text), (0...60_000).contains(pace) else {
                    return Arguments.refuse("--pace needs milliseconds")
                }
                options.pace = .milliseconds(pace)
            case "--passages":
                guard let text = arguments.value(), let count = Int(text), (1...50).contains(count) else {
                    return Arguments.refuse("--passages needs a number from 1 to 50")
                }
                options.passages = count
            case "--model": _ = arguments.value()
            default: return Arguments.refuse("offline does not know \(argument)")
            }
        }
        let provider = OfflineProvider(options, sink: sink, pace: pace)
        guard let bytes = question() else { return provider.fail("the question has more than 16 MiB") }
        return provider.answer(String(decoding: bytes, as: UTF8.self))
    }

    /// Answers `question`, line by line; returns the exit status: 0 after a result, 1 after an error event.
    package func answer(_ question: String) -> Int32 {
        guard emit(["type": "start", "model": "offline-search"]) else { return gone }
        guard question.contains(where: { !$0.isWhitespace }) else { return fail("the question is empty") }
        let terms = Words.terms(of: question)
        let input: JSONObject = ["words": .array(terms.map { .string($0) }), "folder": .string(options.folder)]
        guard emit(["type": "tool_start", "id": "t1", "name": "search", "input": .object(input)]) else { return gone }
        guard let reading = FolderReader().read(options.folder) else {
            let reason = String(cString: strerror(errno))
            _ = emit(["type": "tool_end", "id": "t1", "output": .string(reason), "is_error": true])
            return fail("the folder \(options.folder) cannot be read: \(reason)")
        }
        let hits: [Hit]
        do {
            hits = try SearchIndex(reading.files).search(terms, limit: options.passages)
        } catch {
            _ = emit(["type": "tool_end", "id": "t1", "output": .string("\(error)"), "is_error": true])
            return fail("the search failed: \(error)")
        }
        let found = hits.map { "\(reading.files[$0.file].path):\($0.line)" }
        let output = found.isEmpty ? "nothing in \(reading.files.count) files" : found.joined(separator: "\n")
        guard emit(["type": "tool_end", "id": "t1", "output": .string(output), "is_error": false]) else { return gone }
        let answer = OfflineAnswer(question: question, terms: terms, reading: reading, hits: hits)
        var moment = Duration.zero
        for piece in OfflineProvider.pieces(answer.text) {
            if options.pace > .zero {
                moment += options.pace
                pace.wait(until: moment)
            }
            guard emit(["type": "delta", "text": .string(piece)]) else { return gone }
        }
        if !answer.rows.isEmpty {
            let rows = answer.rows.map { JSONValue.array($0) }
            guard emit(["type": "table", "columns": .array(OfflineAnswer.columns), "rows": .array(rows)]) else {
                return gone
            }
        }
        // Words and not tokens, as there is no model whose tokens could be counted; they cost nothing.
        let usage: JSONObject = [
            "type": "usage", "cost": 0, "input": .integer(Int64(Words.count(question))),
            "output": .integer(Int64(Words.count(answer.text))),
        ]
        guard emit(usage), emit(["type": "result", "text": .string(answer.text)]) else { return gone }
        return 0
    }

    /// What the shell calls a program that wrote to a closed pipe.
    private var gone: Int32 { 141 }

    private func emit(_ line: JSONObject) -> Bool {
        var bytes: [UInt8] = []
        line.write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return sink.write(bytes)
    }

    private func fail(_ message: String) -> Int32 {
        emit(["type": "error", "class": "invalid_request", "message": .string(message)]) ? 1 : gone
    }

    /// Cuts the answer into pieces of a few words, as a model would send it.
    static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var words = 0
        for character in text {
            piece.append(character)
            if character.isNewline || character == " " && piece.contains(where: { $0 != " " }) { words += 1 }
            if words == 3 || piece.count >= 60 {
                pieces.append(piece)
                piece = ""
                words = 0
            }
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }
}
