"""What providers print: cut anywhere, strange, long, in other words; and every recording of a real provider."""

import json
import subprocess

from arena import ROOT, expect
from crashes import stories
from forms import SLOW, form

SPOKEN = ["--unicode", "--lines", "40", "--tool-calls", "2", "--session-id", "00000000-0000-4000-8000-000000000000"]


def said_by(arena):
    """The lines of one answer."""
    return subprocess.run([arena.provider, "--format", "claude", *SPOKEN], input=b"x", capture_output=True,
                          check=True).stdout.splitlines(keepends=True)


def tell_once(arena):
    """What an answer comes to when nothing is strange."""
    arena.ask(modules=("m0",)).wait()
    arena.notes["story"] = next(iter(stories(arena).values()))
    arena.notes["lines"] = said_by(arena)


def same_story(arena):
    for session, story in stories(arena).items():
        expect(story == arena.notes["story"], f"session {session} tells another story: {story}")


@form("T31", 50, 1, answer=SPOKEN, before=tell_once)
def t31(arena, dice):
    """Answers in Chinese and emoji, written in pieces of any size: the same events, whatever the cuts."""
    cuts = " ".join(f"[[fake {module}: --chunk {dice.choice([1, 2, 3, 7, dice.randint(1, 5000)])} "
                    f"{dice.choice(['', '--split-utf8'])}]]" for module in arena.modules)
    arena.ask(question=f"x {cuts}").wait(60 * SLOW)
    arena.settle()
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}")
    same_story(arena)


STRANGE = [
    b"", b" ", b"\t", b"\r", b"not JSON", b"{", b"}", b"[]", b"[1,2]", b"null", b"true", b"1", b'"text"', b"{}{}",
    b'{"type":"x"}{"type":"y"}', b"\0", b"a\0b", b'{"type":1}', b'{"type":null}', b'{"type":{}}', b'{"type":"no_such_type"}',
    b'{"unknown":"field"}', b"Error: something on stderr", b"\x1b[31mred\x1b[0m", b"NaN", b'{"a":01}', b"{'a':1}",
    b'{"a":"\t"}', b"\xef\xbb\xbf{}", b'{"a":"unterminated', b"\xff\xfe\xfd", b"x" * 200_000, b"[" * 5000,
    b'{"type":"result"}', b'{"type":"assistant","message":7}', b'{"type":"stream_event"}',
]


@form("T32", 20, 1, answer=SPOKEN, before=tell_once)
def t32(arena, dice):
    """Strange lines between those of an answer, CRLF, no last newline: the answer stays what it is."""
    directives = []
    for module in arena.modules:
        lines = list(arena.notes["lines"])
        for strange in dice.sample(STRANGE, 12):
            # A result without a word in it ends nothing: it may come before the real one only.
            lines.insert(dice.randint(0, len(lines) - 1), strange + b"\n")
        data = b"".join(lines)
        if dice.random() < 0.3:
            data = data.replace(b"\n", b"\r\n")
        if dice.random() < 0.3:
            data = data.removesuffix(b"\n")
        path = arena.folder / f"payload-{module}"
        path.write_bytes(data)
        directives.append(f"[[fake {module}: --payload {path} --chunk {dice.randint(1, 9000)}]]")
    arena.ask(question="x " + " ".join(directives)).wait(60 * SLOW)
    arena.settle()
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}: {arena.jobs()}")
    same_story(arena)


@form("T33", 2, modules=1, answer=SPOKEN, before=tell_once)
def t33(arena, dice):
    """A line of 256 MiB and one 100,000 deep in an answer: one event for each, memory stays flat, the answer goes on."""
    lines = list(arena.notes["lines"])
    path = arena.folder / "payload"
    place = dice.randint(1, len(lines) - 2)
    with open(path, "wb") as file:
        file.writelines(lines[:place])
        for _ in range(256):
            file.write(b"a" * (1 << 20))
        file.write(b"\n" + b"[" * 100_000 + b"\n")
        file.writelines(lines[place:])
    asking = arena.ask("--json", question=f"x [[fake: --payload {path}]]", modules=("m0",))
    highest = 0
    while asking.poll() is None:
        try:
            with open(f"/proc/{asking.pid}/status") as status:
                highest = max([highest] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        except OSError:
            break
    asking.wait(60)
    arena.settle()
    path.unlink()
    for folder, in arena.sessions("folder"):
        # Kept, the auditor would read it.
        with open(f"{folder}/spool.jsonl", "r+b") as spool:
            spool.truncate(0)
            spool.writelines(lines)
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}: {arena.jobs()}")
    same_story(arena)
    arena.notes.setdefault("figures", []).append(f"at most {highest} KiB of memory")
    expect(highest < (64 + 64) << 10, f"{highest} KiB of memory")


def changed(dice, line):
    """The same JSON in other words."""
    value = json.loads(line)
    members = list(value.items())
    dice.shuffle(members)
    for _ in range(dice.randint(0, 3)):
        extra = dice.choice([None, 1e300, -(1 << 70), "\ud800", [[]], {"type": "result"}, "text", True])
        members.insert(dice.randint(0, len(members)), (f"new_{dice.randint(0, 9)}", extra))
    separators = dice.choice([(",", ":"), (", ", ": "), (" , ", "\t:  ")])
    text = json.dumps(dict(members), ensure_ascii=dice.random() < 0.5 or any(e == "\ud800" for _, e in members),
                      separators=separators)
    return text.encode() + b"\n"


@form("T34", 50, 1, answer=SPOKEN, before=tell_once)
def t34(arena, dice):
    """Members in another order, unknown ones, escapes, huge numbers, halves of surrogates: the same events."""
    directives = []
    for module in arena.modules:
        path = arena.folder / f"payload-{module}"
        path.write_bytes(b"".join(changed(dice, line) for line in arena.notes["lines"]))
        directives.append(f"[[fake {module}: --payload {path}]]")
    arena.ask(question="x " + " ".join(directives)).wait(60 * SLOW)
    arena.settle()
    expect(arena.newest() == ("completed", 0), f"the run is {arena.newest()}: {arena.jobs()}")
    same_story(arena)


@form("T34-bytes", 50, answer=SPOKEN, before=tell_once)
def t34_bytes(arena, dice):
    """Bytes of an answer are changed at random: whatever it means then, every session comes to an end."""
    directives = []
    for module in arena.modules:
        lines = list(arena.notes["lines"])
        for _ in range(dice.randint(1, 20)):
            number = dice.randrange(len(lines))
            line = bytearray(lines[number])
            place = dice.randint(0, len(line))
            line[place:place + dice.randint(0, 12)] = dice.choice(
                [b"null", b"1e999", b'"\\ud800"', b"{}", b"[]", b"NaN", b",", b'"', b"}", b"\\", b"\0", b"\xff", b"[[[["])
            lines[number] = bytes(line)
        path = arena.folder / f"payload-{module}"
        path.write_bytes(b"".join(lines))
        directives.append(f"[[fake {module}: --payload {path}]]")
    asking = arena.ask("--retries", "0", question="x " + " ".join(directives))
    status = asking.wait(60 * SLOW)
    expect(status in (0, 1), f"the command exits {status}: {arena.said()}")
    arena.settle()


RECORDINGS = sorted((ROOT / "Tests" / "ProvidersTests" / "Fixtures").glob("*/*.jsonl"))


@form("T37", 2, modules=len(RECORDINGS), answer=[])
def t37(arena, dice):
    """Every recording of a real provider is asked again: its text, its end and its tokens are what its bytes say."""
    for kind, name in (("claude", "told"), ("codex", "coded")):
        chosen = [(module, path) for module, path in zip(arena.modules, RECORDINGS) if path.parent.name == kind]
        question = "x " + " ".join(f"[[fake {module}: --payload {path} --chunk {dice.choice([100, 4096, 65536])}]]"
                                   for module, path in chosen)
        arena.ask("--retries", "0", "--provider", name, question=question, modules=[module for module, _ in chosen]).wait(
            120 * SLOW)
        arena.settle()
