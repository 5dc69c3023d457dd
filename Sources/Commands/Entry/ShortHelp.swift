/// What `tutti` alone prints.
enum ShortHelp {
    /// Three examples and the twelve commands of every day.
    static let text = """
        tutti asks many agents at once, watches them live, and keeps all they say in one store.

          tutti ask "What does this module do?" services/*/
          tutti ps                                       what runs, what waits
          tutti search 'refund auth'                     in all that was ever said

        every day
          ask       one question to many modules         wait      until something is over
          ps        sessions and jobs                    cancel    stop runs, jobs, sessions
          show      one run, session or message          retry     ask again what failed
          logs      the transcript, -f follows           usage     tokens and money
          events    everything, one JSON object a line   doctor    is all in place?
          search    full text over all messages          demo      see it run, no key needed

        more: tutti help     one command: tutti help ask     topics: exit-codes, json, events, …

        """
}
