/// `tutti help serving`: the coordinator that stays, and batches that run by themselves.
enum ServingHelp {
    static let page = HelpPage(
        topic: "serving", manual: "tutti-serving", section: 7, summary: "a coordinator that stays, and schedules",
        blocks: [
            .text(
                "Nothing needs to run: each command brings its own coordinator. tutti serve is one that stays. It claims runs "
                    + "that wait (ask -d, batch run -d, retry -d), takes over what dead coordinators left, and fires schedules. "
                    + "One process serves a store; a second one ends with status 75 and names the first."),
            .terms([
                ("tutti daemon start", "Serves in the background, and returns once it does."),
                ("tutti daemon status", "Who serves, what it has, and what is due. Status 0, or 1 when nobody serves."),
                ("tutti daemon stop", "Ends that very process. Live sessions go on, and their runs are finished."),
                ("tutti daemon install", "Writes a unit for systemd; --print only shows it."),
                ("tutti serve", "The same in this terminal. Ctrl+C: status 130; SIGTERM and SIGHUP: 143."),
            ]),
            .text(
                "Providers inherit from the process that serves, not from the command that enqueued. Its log is "
                    + "$XDG_STATE_HOME/tutti/log/serve.log, or standard error."),
            .heading("Schedules"),
            .terms([
                ("tutti schedule add FILE", "The entries of a batch file's `schedule:` count from now on."),
                (
                    "tutti schedule add FILE --cron \"0 3 * * *\"",
                    "A time of one's own; also --timezone, --set, --name."
                ),
                ("tutti schedule ls", "When each is due, its last run, and what stood in its way."),
                ("tutti schedule run-now NAME", "A run at once, in the background."),
                ("tutti schedule rm NAME", "It runs by itself no longer."),
            ]),
            .text(
                "Only a coordinator that serves fires them, each time once. The batch file, its prompt files and the programs "
                    + "of its folder are trusted as they are when the schedule is added; when one of them has changed, nothing "
                    + "runs, and tutti schedule ls says why. Add it again after reading the change."),
        ])
}
