import Coordinator
import Model
import Store

/// What is missing from an answer because its lines were too long to be read.
enum UnreadWords {
    /// Bytes that are missing from the answer of `job`; 0 when it is whole.
    static func bytes(of job: JobRow) -> Int64 {
        // Nearly every job is without: its settings are not read for that.
        guard job.state == .completed, job.spec.contains("\"unread_bytes\"") else { return 0 }
        return JSONReader.value(job.spec)?["unread_bytes"]?.integer ?? 0
    }

    /// The same in words, for the page of one answer; nil when it is whole.
    static func line(of job: JobRow) -> String? {
        let bytes = bytes(of: job)
        return bytes == 0 ? nil : line(bytes)
    }

    /// So many bytes are missing, and why.
    static func line(_ bytes: Int64) -> String {
        "\(Amounts.grouped(bytes)) bytes are no part of the answer: lines over the limit of 16 MiB are not read"
    }

    /// Says that the answer of `job` is not whole, and where all of it is; nil when it is whole.
    static func warning(of job: JobRow) -> TuttiError? {
        line(of: job).map {
            TuttiError(
                .someFailed, "\(job.module ?? job.kind): the answer is not whole: \($0)",
                hint: "all that was printed: tutti logs --raw \(job.id.short)")
        }
    }
}
