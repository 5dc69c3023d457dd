import Batch

/// The page of `tutti help batch-files`: the keys of a batch file, made from the table that its reader reads by.
enum BatchHelp {
    /// The page.
    static let page = HelpPage(
        topic: "batch-files", manual: "tutti.batch.yaml", section: 5, summary: "many jobs, in their order, in one file",
        blocks: [
            .text(
                "A batch file says what is done: jobs, what they need of each other, and a matrix that makes one job of each "
                    + "row. A prompt file (.md) with keys between two lines of --- is a batch of one job."),
            .code("tutti batch validate FILE   tutti batch plan FILE   tutti batch explain FILE JOB"),
            .text(
                "None of the three starts or writes anything. A broken file is exit status 65 for validate, which judges "
                    + "files, and 78 for the others, which need one. Templates are ${{ }}; an editor completes with the "
                    + "schema of: tutti schema batch. An edited file is applied to a run that goes on by: tutti batch "
                    + "reload RUN."),
            .heading("Keys of the file"), terms(BatchKeys.file),
        ] + sections)

    private static var sections: [HelpPage.Block] {
        BatchSchema.sections.filter { !["defaults", "profile"].contains($0.name) }.flatMap { section in
            [.heading("Keys of \(section.name)"), .text(section.summary), terms(section)]
        }
    }

    private static func terms(_ section: BatchSection) -> HelpPage.Block {
        .terms(section.keys.map { ($0.name, $0.summary + ($0.isRequired ? " Required." : "")) })
    }
}
