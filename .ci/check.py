#!/usr/bin/env python3
"""Reads every tracked file once and reports what no compiler sees.

Python that does not parse, links and file names of the documentation that lead nowhere, blocks of it that differ from
the file they were taken from, paths of one machine, and words that promise work which is not done. Prints FILE:LINE: WORDS for each and exits 1. Standard library only.
"""

import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SELF = ".ci/check.py"
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
NAMED_FILE = re.compile(r"`((?:Sources|Tests|Config|Benchmarks|Documentation)/[^`\s*]+)`")
TAKEN_BLOCK = re.compile(r"^<!-- from (\S+) -->\n```\w*\n(.*?)^```$", re.S | re.M)
PROMISES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|[Nn]ot (yet )?implemented|unimplemented\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}~])/(root|work|Users)/\w")
UNFINISHED = re.compile(r"\b(placeholder|stub)s?\b|fatalError\(|\btry!|\bas! ")


def tracked():
    """Every file that git knows or would take, relative to the root."""
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                         capture_output=True, check=True).stdout
    return sorted(p for p in out.decode().split("\0") if p and (ROOT / p).is_file())


def text_of(path):
    data = (ROOT / path).read_bytes()
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def anchors(text):
    """The anchors of a page's headings, spelled as the usual renderers do."""
    names = set()
    for line in without_code(text).splitlines():
        if line.startswith("#"):
            heading = line.lstrip("#").strip().lower()
            names.add(re.sub(r"[^\w\- ]", "", heading).replace(" ", "-"))
    return names


def without_code(text):
    """The text with fenced blocks and code spans blanked out, line numbers kept."""
    text = re.sub(r"^```.*?^```", lambda m: "\n" * m.group().count("\n"), text, flags=re.S | re.M)
    return re.sub(r"`[^`\n]*`", "", text)


def broken_links(path, text):
    for number, line in enumerate(without_code(text).splitlines(), 1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            page = (ROOT / path).parent / name if name else ROOT / path
            if not page.exists():
                yield number, f"link to {target}: no such file"
            elif anchor and page.suffix == ".md" and anchor not in anchors(page.read_text()):
                yield number, f"link to {target}: no such heading"


def missing_files(text):
    for number, line in enumerate(text.splitlines(), 1):
        for name in NAMED_FILE.findall(line):
            if not (ROOT / name).exists():
                yield number, f"the file {name}: no such file"


def changed_blocks(text):
    """Blocks below a line `<!-- from FILE -->` stand in FILE word for word; only the indentation may differ."""
    for found in TAKEN_BLOCK.finditer(text):
        number = text.count("\n", 0, found.start()) + 1
        source = ROOT / found[1]
        if not source.exists():
            yield number, f"a block from {found[1]}: no such file"
            continue
        block = [line.strip() for line in found[2].splitlines()]
        lines = [line.strip() for line in source.read_text().splitlines()]
        if not any(lines[start:start + len(block)] == block for start in range(len(lines))):
            yield number, f"a block from {found[1]} that does not stand there like this"


def complaints(path, text):
    if path.endswith(".py"):
        try:
            ast.parse(text, path)
        except SyntaxError as error:
            yield error.lineno or 1, f"Python syntax: {error.msg}"
    if path.endswith(".md"):
        yield from broken_links(path, text)
        if path == "README.md" or path.startswith("Documentation/"):
            yield from missing_files(text)
            yield from changed_blocks(text)
    if path == SELF:
        return
    product = path.startswith("Sources/")
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, words in ((MACHINE_PATHS, "a path of one machine"), (PROMISES, "a promise of work not done")):
            if found := pattern.search(line):
                yield number, f"{words}: {found.group().strip()}"
        if product and (found := UNFINISHED.search(line)):
            yield number, f"not for the product: {found.group().strip()}"


def main():
    failures = files = 0
    for path in tracked():
        # Recordings are other programs' words.
        if path.startswith("Tests/") and path.endswith(".jsonl"):
            continue
        text = text_of(path)
        if text is None:
            continue
        files += 1
        for number, words in complaints(path, text):
            failures += 1
            print(f"{path}:{number}: {words}")
    if failures:
        print(f"{failures} complaints in {files} files")
        return 1
    print(f"ok  words, links and Python syntax in {files} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
