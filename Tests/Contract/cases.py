"""The cases of the contract test: what the real programs meet, and what Tutti must say about it.

One `Case` is one `tutti ask` of one module. `script` is what the scripted API answers (a line of `fake_api.py --list`
with its parameters); everything that is expected is written down here, nothing is taken from an earlier run.
"""

from dataclasses import dataclass, field

LOREM = ("Hello from the fake model. Streams carry words before the thought is whole. "
         "A reader who waits for the end has waited too long. ")


@dataclass(frozen=True)
class Case:
    """One question to one real program, and the truth about it."""

    name: str
    provider: str                       # claude or codex
    script: str                         # of fake_api.py
    state: str = "completed"
    failure: str | None = None          # failure class
    text: str | None = None             # the whole answer; None: not compared
    contains: str | None = None         # words that the answer or the error must hold
    absent: str | None = None           # words that must not be in the answer
    tools: int | None = None            # tool calls recorded
    answers: int | None = None          # answers that the API finished; default: usage is compared with what it stated
    usage: bool = True
    args: tuple = ()                    # of the provider
    env: dict = field(default_factory=dict)
    drop: tuple = ()                    # variables that this case must not have
    ask: tuple = ()                     # options of `tutti ask`
    act: str | None = None              # kill, term, stop-tool … done to the provider from outside while it runs
    pad: int = 0                        # bytes of question before the script's marker
    schema: dict | None = None
    exits: int | None = None            # exit status of `tutti ask`; default: 0 if completed, 69 for auth and start_failed, else 1
    seconds: float = 30                 # it must be over by then
    resumes: bool = False               # a second attempt goes on with the session of the first
    may_forget: bool = False            # … or finds that the provider has not kept it, and a third begins anew

    @property
    def question(self):
        filler = ("word " * (self.pad // 5 + 1))[:self.pad]
        return f"{filler}Please answer. [[fake:{self.script} case={self.name}]]"

    @property
    def status(self):
        if self.exits is not None:
            return self.exits
        if self.failure in ("auth", "start_failed"):
            return 69
        return 0 if self.state == "completed" else 1


BASH = ("--allowedTools", "Bash")
FREE = ("--dangerously-bypass-approvals-and-sandbox",)
FAST = {"CLAUDE_CODE_MAX_RETRIES": "1"}
NOWHERE = "http://127.0.0.1:9"
ANSWER = {"type": "object", "properties": {"answer": {"type": "integer"}, "reason": {"type": "string"}},
          "required": ["answer"]}

CASES = [
    # Answers.
    Case("claude-text", "claude", "text say=A+short+answer.", text="A short answer."),
    Case("claude-many-deltas", "claude", "text chunks=200", text=LOREM),
    Case("claude-blocks", "claude", "blocks", text="First block. Second block. Third block."),
    Case("claude-thinking", "claude", "think", text="The answer is 42."),
    Case("claude-unicode", "claude", "unicode bytes=3", contains="\U0001F468\u200d\U0001F469\u200d\U0001F467"),
    Case("claude-lone-surrogate", "claude", "lone", contains="broken "),
    Case("claude-empty", "claude", "empty", text=""),
    Case("claude-empty-text", "claude", "emptytext", text=""),
    Case("claude-5mb", "claude", "big mb=5", text="0123456789abcdef" * 327680, seconds=60),
    Case("claude-2mb-question", "claude", "text say=Read+it+all.", text="Read it all.", pad=2_000_000),
    Case("claude-full-mode", "claude", "text say=All+tools+loaded.", text="All tools loaded.", args=("--tools", "default")),
    # Tools.
    Case("claude-bash", "claude", "bash", text="I will run a command. \n\nThe command has run. Done.", tools=1, args=BASH),
    Case("claude-bash-twice", "claude", "bash2", text="Both commands have run.", tools=2, args=BASH),
    Case("claude-parallel-tools", "claude", "parallel", text="Two at once. \n\nBoth are done.", tools=2, args=BASH),
    Case("claude-unknown-tool", "claude", "badtool", text="That tool does not exist, sorry.", tools=1),
    Case("claude-tool-denied", "claude", "bash cmd=touch+denied.txt", contains="The command has run.", tools=1),
    Case("claude-tool-output-200kb", "claude", "bigtool kb=200", text="That was long.", tools=1, args=BASH),
    Case("claude-background-child", "claude", "bgtool seconds=300", contains="Left it running.", tools=1, args=BASH),
    Case("claude-background-task", "claude", "bashbg cmd=sleep+2;echo+background-done", tools=1,
         contains="It runs in the background.", args=BASH),
    Case("claude-subagent", "claude", "task", contains="The subagent has answered.", usage=False,
         args=("--tools", "default")),
    # What the API refuses.
    Case("claude-400", "claude", "e400", "failed", "invalid_request", contains="something is wrong"),
    Case("claude-401", "claude", "e401", "failed", "auth", seconds=20),
    Case("claude-404", "claude", "e404", "failed", "invalid_request"),
    Case("claude-413", "claude", "e413", "failed", "context_too_long"),
    Case("claude-429-for-ever", "claude", "e429 after=1", "failed", "rate_limit", env=FAST),
    Case("claude-429-for-an-hour", "claude", "e429 after=3600", "failed", "rate_limit"),
    Case("claude-429-twice", "claude", "e429 after=1 times=2", text="Recovered after 2 failures."),
    Case("claude-500-for-ever", "claude", "e500", "failed", "server_error", env=FAST),
    Case("claude-500-once", "claude", "e500 times=1", text="Recovered after 1 failures."),
    Case("claude-529-for-ever", "claude", "e529", "failed", "overload"),
    Case("claude-529-twice", "claude", "e529 times=2", text="Recovered after 2 failures."),
    Case("claude-too-long", "claude", "toolong", "failed", "context_too_long"),
    Case("claude-no-credit", "claude", "credit", "failed", "billing"),
    Case("claude-no-key", "claude", "text", "failed", "auth", drop=("ANTHROPIC_API_KEY",)),
    Case("claude-refused-connection", "claude", "text", "failed", "network", env={"ANTHROPIC_BASE_URL": NOWHERE, **FAST}),
    # Streams that break.
    Case("claude-dropped-once", "claude", "dropped times=1", usage=False, seconds=60),
    Case("claude-dropped-for-ever", "claude", "dropped", "failed", "network", env=FAST, usage=False, seconds=60),
    Case("claude-cut-in-a-block", "claude", "cutblock times=1", text="Recovered after 1 failures.", usage=False,
         absent="Half of a sentence"),
    Case("claude-cut-in-a-second-block", "claude", "cuttool times=1", usage=False, contains="A whole block. ",
         absent="Half of the second", state="failed", failure="network", env=FAST, seconds=60),
    # It resumes by itself, which is another request of the script: that fails too, until claude gives up.
    Case("claude-overload-in-the-stream", "claude", "midoverload times=1", "failed", "server_error", usage=False,
         contains="Half of an answer", seconds=60),
    # Limits.
    Case("claude-refusal", "claude", "refusal", "failed", "refusal", usage=False),
    Case("claude-output-limit", "claude", "maxtokens", "failed", "output_limit"),
    Case("claude-turn-limit", "claude", "loop", "failed", "turn_limit", args=(*BASH, "--max-turns", "2")),
    Case("claude-budget", "claude", "loop", "failed", "budget", args=(*BASH, "--max-budget-usd", "0.005"), exits=6),
    Case("claude-schema", "claude", "structured", contains="42", schema=ANSWER),
    Case("claude-schema-never", "claude", "text say=no+json", "failed", "structured_output", schema=ANSWER, usage=False),
    Case("claude-total-timeout", "claude", "slow n=400 delay=0.1", "failed", "total_timeout", contains="word0 ",
         ask=("--timeout", "6s"), exits=3, usage=False),
    # From outside.
    Case("claude-killed", "claude", "slow n=100 delay=0.1", "failed", "crash", contains="word0 word1", act="kill", usage=False),
    # The second attempt goes on with the session of the one that was killed, and says all of it.
    Case("claude-resumed", "claude", "slow n=30 delay=0.1", text="".join(f"word{n} " for n in range(30)), act="kill",
         ask=("--retries", "1"), resumes=True, usage=False),
    # Killed in its first tool call it may have kept nothing; then it is asked anew.
    Case("claude-resumed-in-a-tool", "claude", "sleeptool seconds=3", contains="Awake again.", act="kill",
         ask=("--retries", "1"), args=BASH, resumes=True, may_forget=True, usage=False),
    # Asked to end it keeps what it has spent, and states it with the next attempt.
    Case("claude-resumed-after-its-end", "claude", "sleeptool seconds=3", contains="Awake again.", act="term",
         ask=("--retries", "1"), args=BASH, resumes=True),
    Case("claude-terminated", "claude", "slow n=100 delay=0.1", "failed", "crash", contains="word0", act="term", usage=False),
    Case("claude-cancelled", "claude", "slow n=100 delay=0.1", "cancelled", "cancelled", contains="word0", act="cancel",
         exits=5, usage=False),
    Case("claude-cancelled-in-a-tool", "claude", "sleeptool seconds=300", "cancelled", "cancelled", contains="Sleeping.",
         act="cancel", exits=5, usage=False, args=BASH),
    Case("claude-bad-flag", "claude", "text", "failed", "start_failed", args=("--no-such-flag",), usage=False),

    Case("codex-text", "codex", "text say=A+short+answer.", text="A short answer."),
    Case("codex-blocks", "codex", "blocks", text="First block. \n\nSecond block. \n\nThird block."),
    Case("codex-thinking", "codex", "think", text="The answer is 42."),
    Case("codex-unicode", "codex", "unicode bytes=3", contains="\U0001F468\u200d\U0001F469\u200d\U0001F467"),
    Case("codex-empty", "codex", "empty", text=""),
    Case("codex-5mb", "codex", "big mb=5", text="0123456789abcdef" * 327680, seconds=60),
    Case("codex-1mb-question", "codex", "text say=Read+it+all.", text="Read it all.", pad=1_000_000),
    # It takes 1,048,576 characters and says so on standard error.
    Case("codex-2mb-question", "codex", "text", "failed", "context_too_long", pad=2_000_000),
    Case("codex-bash", "codex", "bash", contains="The command has run. Done.", tools=1, args=FREE),
    Case("codex-parallel-tools", "codex", "parallel", contains="Both are done.", tools=2, args=FREE),
    Case("codex-write", "codex", "write path=written.txt", contains="I have written the file.", tools=1,
         args=(*FREE, "-m", "gpt-5.5")),
    Case("codex-background-child", "codex", "bgtool seconds=300", contains="Left it running.", tools=1, args=FREE, seconds=60),
    Case("codex-400", "codex", "e400", "failed", "invalid_request"),
    Case("codex-401", "codex", "e401", "failed", "auth"),
    Case("codex-413", "codex", "e413", "failed", "context_too_long"),
    Case("codex-429-for-ever", "codex", "e429 after=1", "failed", "rate_limit"),
    Case("codex-500-for-ever", "codex", "e500", "failed", "server_error", seconds=60),
    Case("codex-500-twice", "codex", "e500 times=2", text="Recovered after 2 failures."),
    Case("codex-529-for-ever", "codex", "e529", "failed", "overload", seconds=60),
    Case("codex-too-long", "codex", "toolong", "failed", "context_too_long"),
    Case("codex-no-key", "codex", "text", "failed", "auth", drop=("FAKE_API_KEY",)),
    Case("codex-refused-connection", "codex", "text", "failed", "network",
         args=("-c", 'model_providers.fake.base_url="%s/v1"' % NOWHERE), seconds=60),
    Case("codex-dropped-once", "codex", "dropped times=1", contains="Recovered after 1 failures.", usage=False),
    Case("codex-output-limit", "codex", "maxtokens", "failed", "output_limit", usage=False),
    Case("codex-overload-in-the-stream", "codex", "midoverload", "failed", "overload", usage=False, seconds=60),
    Case("codex-killed", "codex", "sleeptool seconds=300", "failed", "crash", act="kill", args=FREE, usage=False),
    Case("codex-resumed", "codex", "sleeptool seconds=3", contains="Awake again.", act="kill", ask=("--retries", "1"),
         args=FREE, resumes=True, usage=False),
    Case("codex-cancelled", "codex", "sleeptool seconds=300", "cancelled", "cancelled", act="cancel", args=FREE, exits=5,
         usage=False),
    Case("codex-bad-config", "codex", "text", "failed", "start_failed", args=("-c", 'sandbox_mode="nope"'), usage=False),
]
