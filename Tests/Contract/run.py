#!/usr/bin/env python3
"""Asks the real claude and codex programs through `tutti ask`, against a scripted API on 127.0.0.1.

Every case of `cases.py` runs in a home and a project of its own, with an empty environment and a made-up key. Compared
are the state, the failure class, the text, the tool calls, the usage (with what the API stated), the exit status, the
time, and the processes that are left. Standard library only, apart from the two programs themselves.

    run.py [NAME…]          only cases whose name contains one of these
    run.py --list           the cases
    run.py -j 4             four at a time (default 2)
    run.py --keep           leaves the folders of passed cases too, under .build/contract/run
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import fake_api
import programs
from cases import CASES

HERE = pathlib.Path(__file__).resolve().parent
TUTTI = pathlib.Path(os.environ.get("TUTTI", programs.ROOT / ".build" / "debug" / "tutti"))


class Ledger:
    """What the API stated as used, by case: the oracle for usage."""

    def __init__(self):
        self.sums = collections.defaultdict(lambda: [0, 0, 0])
        self.lock = threading.Lock()

    def install(self):
        for writer, body_plan in ((fake_api.AnthropicWriter, fake_api.anthropic_plan),
                                  (fake_api.ResponsesWriter, fake_api.responses_plan)):
            writer.finish = self.counting(writer.finish, body_plan)

    def counting(self, finish, body_plan):
        def counted(writer):
            marker, _ = body_plan(writer.body)
            with self.lock:
                sums = self.sums[marker[1].get("case", "") if marker else ""]
                for index, amount in enumerate((800 if "input" in writer.body else 1000, 200, max(1, writer.out))):
                    sums[index] += amount
            return finish(writer)
        return counted


def processes(home):
    """Living processes that inherited this home: {pid: command line}."""
    wanted, found = b"HOME=" + os.fsencode(home) + b"\0", {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as environ:
                if wanted in environ.read() + b"\0" and not is_zombie(entry):
                    with open(f"/proc/{entry}/cmdline", "rb") as line:
                        found[int(entry)] = line.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            pass
    return found


def is_zombie(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "Z"


class Trial:
    """One case being run."""

    def __init__(self, case, paths, api, ledger):
        self.case, self.paths, self.api, self.ledger = case, paths, api, ledger
        self.folder = programs.CACHE / "run" / case.name
        self.home, self.project = self.folder / "home", self.folder / "project"
        self.module, self.store = self.project / "module", self.folder / "tutti.db"
        self.wrong = []

    def environment(self):
        """What Tutti itself gets: nothing of the person's."""
        return {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "NO_COLOR": "1"}

    def provider(self):
        """A provider derived from the built-in one, as a person would write it in tutti.yaml."""
        case, env = self.case, {}
        if case.provider == "claude":
            args = (() if "--tools" in case.args else ("--bare",)) + case.args
            env.update(ANTHROPIC_API_KEY="made-up", ANTHROPIC_BASE_URL=self.api.base_url, DISABLE_AUTOUPDATER="1",
                       DISABLE_TELEMETRY="1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1")
        else:
            args = case.args
            settings = self.home / ".codex"
            settings.mkdir()
            text = (HERE / "codex-config.toml").read_text().replace(":18999/", f":{self.api.port}/")
            (settings / "config.toml").write_text(text)
            env.update(CODEX_HOME=str(settings), FAKE_API_KEY="made-up")
        env.update(case.env)
        for name in case.drop:
            env.pop(name, None)
        return {"extends": case.provider, "command": [str(self.paths[case.provider])], "args": list(args), "env": env}

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.module.mkdir(parents=True)
        (self.module / "README.md").write_text("A module of the contract test.\n")
        # JSON is YAML.
        settings = {"version": 1, "provider": "contract", "providers": {"contract": self.provider()},
                    "modules": {"module": {"path": "module"}}}
        (self.project / "tutti.yaml").write_text(json.dumps(settings, indent=1))
        self.tutti("trust", "--yes")

    def tutti(self, *words, check=True):
        done = subprocess.run([TUTTI, *words], cwd=self.project, env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30)
        if check and done.returncode:
            raise RuntimeError(f"tutti {words[0]} exited {done.returncode}: {done.stderr.strip()}")
        return done

    def run(self):
        """Runs the case and returns what was wrong; nothing is good."""
        self.prepare()
        case = self.case
        words = ["ask", "-", "module", "--json", "--retries", "0", "--db", str(self.store), *case.ask]
        if case.schema:
            (self.folder / "schema.json").write_text(json.dumps(case.schema))
            words += ["--schema", str(self.folder / "schema.json")]
        (self.folder / "question").write_text(case.question)
        began = time.monotonic()
        with open(self.folder / "question") as question, open(self.folder / "events.jsonl", "wb") as out, \
                open(self.folder / "stderr", "wb") as err:
            asking = subprocess.Popen([TUTTI, *words], cwd=self.project, env=self.environment(), stdin=question,
                                      stdout=out, stderr=err)
            if case.act:
                self.act(asking)
            try:
                status = asking.wait(max(1, case.seconds - (time.monotonic() - began)))
            except subprocess.TimeoutExpired:
                asking.send_signal(signal.SIGKILL)
                asking.wait()
                status = None
                self.wrong.append(f"did not end within {case.seconds:g} s")
        self.seconds = time.monotonic() - began
        if status is not None:
            self.expect("exit status", status, case.status)
        self.judge_processes()
        self.judge_store()
        self.judge_events()
        return self.wrong

    def act(self, asking):
        """Waits until the provider works, then does to it what the case says."""
        deadline = time.monotonic() + 20
        while not self.works():
            if asking.poll() is not None or time.monotonic() > deadline:
                self.wrong.append("the provider never got to the point where the case begins")
                return
            time.sleep(0.05)
        if self.case.act == "cancel":
            done = self.tutti("cancel", "--db", str(self.store), "@last", check=False)
            if done.returncode:
                self.wrong.append(f"tutti cancel exited {done.returncode}: {done.stderr.strip()}")
            return
        program = os.path.realpath(self.paths[self.case.provider])
        for pid in processes(self.home):
            try:
                if os.path.realpath(f"/proc/{pid}/exe") == program:
                    os.kill(pid, signal.SIGKILL if self.case.act == "kill" else signal.SIGTERM)
                    return
            except OSError:
                pass
        self.wrong.append("found no provider to signal")

    def works(self):
        """True once its tool runs, or some text is in the store."""
        if "sleeptool" in self.case.script:
            return (self.module / "tool.pid").exists()
        try:
            rows = self.query("select length(content) from messages where role='assistant'")
        except sqlite3.Error:
            return False
        return bool(rows) and (rows[0][0] or 0) >= len("word0 word1 word2")

    def query(self, sql):
        """Plain SQL on the store, as any other program would."""
        connection = sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=5)
        # A cut text may hold a lone half of a character.
        connection.text_factory = lambda data: data.decode("utf-8", "surrogatepass")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def judge_processes(self):
        deadline = time.monotonic() + 1
        while (left := processes(self.home)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid, line in left.items():
            self.wrong.append(f"survivor: {line[:100]}")
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def judge_store(self):
        case = self.case
        rows = self.query("select status, content, error_class, error from messages where role='assistant' order by row")
        if not rows:
            self.wrong.append("no answer in the store")
            return
        status, content, failure, error = rows[0]
        self.expect("status", status, case.state)
        self.expect("failure class", failure, case.failure)
        if case.text is not None:
            self.expect("text", content, case.text)
        if case.contains is not None and case.contains not in f"{content}\n{error}":
            self.wrong.append(f"neither text nor error holds {case.contains!r}: {short(content)} / {short(error)}")
        if case.absent is not None and case.absent in (content or ""):
            self.wrong.append(f"the text holds what was taken back, {case.absent!r}: {short(content)}")
        if case.state != "completed" and not error:
            self.wrong.append("failed without a word about why")
        if case.usage:
            sums = self.query("select coalesce(sum(input),0), coalesce(sum(cache_read),0), coalesce(sum(output),0) from usage")
            self.expect("usage (input, cached, output)", list(sums[0]), self.ledger.sums[case.name])
        if case.resumes:
            sessions = self.query("select provider_session from sessions order by row")
            forgot = case.may_forget and len(sessions) == 3 and sessions[1][0] is None and sessions[0] != sessions[2]
            if not forgot and (len(sessions) != 2 or sessions[0] != sessions[1] or sessions[0][0] is None):
                self.wrong.append(f"the sessions of the provider are {sessions}, not twice the same")
        if case.tools is not None:
            self.expect("tool calls", self.query("select count(*) from blocks where kind='tool'")[0][0], case.tools)

    def judge_events(self):
        """Every line is a JSON object, and the last one says that the run is finished."""
        lines = (self.folder / "events.jsonl").read_bytes().splitlines()
        try:
            events = [json.loads(line) for line in lines]
        except ValueError as error:
            self.wrong.append(f"a line of --json is not JSON: {error}")
            return
        if not events or events[-1].get("type") != "run.finished":
            self.wrong.append(f"the last of {len(events)} lines is not run.finished")
        elif self.case.state != "cancelled" and events[-1].get("exit") != self.case.status:
            self.wrong.append(f"run.finished says exit {events[-1].get('exit')}, not {self.case.status}")

    def expect(self, what, seen, wanted):
        if seen != wanted:
            self.wrong.append(f"{what}: {short(seen)} instead of {short(wanted)}")


def short(value):
    text = repr(value)
    return text if len(text) < 160 else f"{text[:150]}… ({len(text)} characters)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()
    chosen = [c for c in CASES if not options.names or any(name in c.name for name in options.names)]
    if options.list:
        for case in chosen:
            print(f"{case.name:30} {case.state:10} {case.failure or '':18} {case.script}")
        return 0
    if not TUTTI.exists():
        sys.exit(f"{TUTTI} is missing; build it first: make build")
    paths, ledger = programs.installed(), Ledger()
    ledger.install()
    began, failed = time.monotonic(), []

    def attempt(case):
        trial = Trial(case, paths, api, ledger)
        try:
            wrong = trial.run()
        except Exception as error:
            wrong = [f"{type(error).__name__}: {error}"]
        if not wrong and not options.keep:
            shutil.rmtree(trial.folder, ignore_errors=True)
        return case, wrong, getattr(trial, "seconds", 0)

    with fake_api.FakeAPI() as api, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for case, wrong, seconds in pool.map(attempt, chosen):
            print(f"{'FAIL' if wrong else 'ok  '} {case.name:30} {seconds:5.1f} s", flush=True)
            for line in wrong:
                print(f"       {line}", flush=True)
            if wrong:
                failed.append(case.name)
    print(f"contract: {len(chosen)} cases, {len(chosen) - len(failed)} passed, {len(failed)} failed "
          f"in {time.monotonic() - began:.0f} s" + (f"; see {programs.CACHE / 'run'}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
