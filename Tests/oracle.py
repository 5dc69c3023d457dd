#!/usr/bin/env python3
"""oracle.py - what a recorded run of claude or codex means, in the shortest words.

    oracle.py FIXTURES            print the verdict on every recording as one JSON object
    oracle.py FIXTURES --check F  compare with the file F; exit status 1 and the differences if they are not the same
    oracle.py FIXTURES --write F  write the file F

A second opinion beside the dialects in Sources/Providers: it reads a whole recording at once, keeps everything in lists
and knows nothing of chunks, watchdogs or events.  Standard library only.

The rules, for a run with one question (turn 0) and perhaps further turns:
  state   completed  the result of turn 0 is a whole success, whatever came after it
          cancelled  turn 0 was interrupted on request
          failed     anything else that the process or the provider said
  class   the provider's own failure of turn 0; else how the process ended: crash (a signal, or a status without a result),
          no_result (status 0 without a result), start_failed, auth or context_too_long (a bad status and words on stderr before any turn)
  text    what the model said in turn 0: blocks of one message directly after each other, messages with a blank line
          between, but none before a message that goes on where another was cut off; text taken back does not count, text
          of a block that was still open at the end does; errors and subagents do not speak
  tools   every call: id, name, and whether it ended with an error (null: it never ended)
  usage   the sum of all increments by model; input without cached tokens; cost in billionths of a dollar
"""
import json
import pathlib
import sys


def load(path):
    """The lines that are JSON objects, and the number of those that are not.

    Bytes that are no UTF-8 stand for U+FFFD: within a string that is a strange letter, elsewhere no JSON.
    """
    objects, other = [], 0
    for line in path.read_bytes().split(b"\n"):
        if not line:
            continue
        try:
            objects.append(json.loads(line.decode(errors="replace"), parse_constant=refuse))
        except (ValueError, RecursionError):  # No dialect's line is so deep that it could not be read.
            other += 1
    return objects, other


def refuse(word):
    """NaN and Infinity, which Python reads, are no JSON."""
    raise ValueError(word)


def units(text):
    """Joins halves of surrogate pairs; those that stay alone become U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def by_words(text):
    text = text.lower()
    for name, words in (
        ("quota", ("usage limit", "insufficient_quota", "exceeded your current quota")),
        ("billing", ("credit balance",)),
        ("auth", ("api key", "not logged in", "/login", "missing environment variable")),
        ("context_too_long", ("prompt is too long", "context_length")),
        ("output_limit", ("max_output_tokens", "output token maximum")),
        ("overload", ("overloaded", "at capacity")),
        ("rate_limit", ("rate limit", "too many requests")),
        ("server_error", ("server error", "high demand")),
        ("network", ("timed out", "timeout", "stream disconnected", "error sending request", "connection")),
        ("invalid_request", ("no conversation found",)),
    ):
        if any(word in text for word in words):
            return name
    return None


def by_status(status):
    return {401: "auth", 402: "billing", 403: "auth", 404: "invalid_request", 413: "context_too_long",
            429: "rate_limit", 500: "server_error", 529: "overload"}.get(status)


def ending(meta, spoke):
    """The class of a process that ended without a result."""
    stderr = [l for l in meta["stderr"].splitlines() if l.strip() and not l.startswith("Reading additional input")]
    if meta["signal"] or meta["exit"] in (129, 130, 137, 143):
        return "crash"
    if meta["exit"] == 0:
        return "no_result"
    if not spoke and stderr:
        words = by_words("\n".join(stderr))
        return words if words in ("auth", "context_too_long") else "start_failed"
    return "crash"


# Claude ---------------------------------------------------------------------------------------------------------------

def claude_class(result, error):
    """Nil for the whole success of a turn."""
    reason, kind = result.get("terminal_reason"), result["subtype"]
    if kind == "success" and not result["is_error"]:
        if reason == "completed" or (reason is None and result["num_turns"] == 0):
            return None
    if reason in ("aborted_streaming", "aborted_tools"):
        return "cancelled"
    if kind == "error_max_turns":
        return "turn_limit"
    if kind == "error_max_budget_usd":
        return "budget"
    if reason in ("prompt_too_long", "blocking_limit"):
        return "context_too_long"
    if result.get("stop_reason") == "refusal":
        return "refusal"
    if kind == "error_during_execution" and result["num_turns"] == 0 and reason is None:
        return "invalid_request"  # it could not even begin: a session that is unknown, or no session's id
    said = result.get("result") or " ".join(result.get("errors", []))
    if result.get("api_error") == "connection_failed":
        return "network"
    if result.get("api_error") == "max_output_tokens":
        return "output_limit"
    status = by_status(result.get("api_error_status"))
    if status == "rate_limit" and by_words(said) == "quota":
        return "quota"
    if status:
        return status
    if error.get("error") == "billing_error":
        return "billing"
    if error.get("error") == "authentication_failed":
        return "auth"
    return by_words(said) or ("invalid_request" if result.get("api_error_status") == 400 else "server_error")


def claude(lines):
    turn, spoken, tools, usage, model = -1, [], {}, {}, ""
    resumes, verdict, error, schema, spoke, stated = False, "none", {}, False, False, None
    # The message that is being written: its blocks that are not complete, the one that streams, and the next one's index.
    message, open_text, block, following = None, {}, None, 0
    for line in lines:
        kind, sub = line.get("type"), line.get("subtype")
        if kind == "stream_event":
            event = line["event"]
            writes = event["message"]["id"] if event["type"] == "message_start" else line.get("api_message_id", message)
        else:
            writes = line["message"]["id"] if kind == "assistant" and not line.get("is_api_error_message") else message
        if writes != message and not line.get("parent_tool_use_id"):
            message, open_text, block, following = writes, {}, None, 0
        if kind == "system" and sub == "init":
            turn += 1
            schema, model = schema or "StructuredOutput" in line["tools"], line.get("model", "")
            error = {}
        elif kind == "stream_event" and not line.get("parent_tool_use_id"):
            if event["type"] in ("message_start", "content_block_delta"):
                turn = max(turn, 0)
            if event["type"] == "content_block_start":
                block = event["index"]
            elif event["type"] == "content_block_delta" and event["delta"]["type"] == "text_delta":
                open_text[event["index"]] = open_text.get(event["index"], "") + event["delta"]["text"]
            elif event["type"] == "message_stop":
                open_text, block = {}, None
        elif kind == "assistant":
            if line.get("is_api_error_message"):
                error = line
                continue
            if not line.get("parent_tool_use_id"):
                turn = max(turn, 0)  # Whoever speaks has begun, also where the line that says so cannot be read.
            for part in line["message"]["content"]:
                if part["type"] == "tool_use":
                    tools[part["id"]] = [part["name"], None]
                elif part["type"] == "text" and not line.get("parent_tool_use_id"):
                    spoken.append((turn, line["message"]["id"], resumes, part["text"]))
                    resumes = False
                if not line.get("parent_tool_use_id"):
                    index = following if block is None else block
                    block, following = None, max(following, index + 1)
                    open_text.pop(index, None)
        elif kind == "user":
            content = line["message"]["content"]
            for part in content if isinstance(content, list) else []:
                if part["type"] == "tool_result":
                    tools[part["tool_use_id"]][1] = part.get("is_error", False)
                elif line.get("isSynthetic") and "Resume directly" in part["text"]:
                    resumes = True
        elif kind == "result":
            spoke = True
            index = line["result_index"]
            turn = max(turn, index)
            failure = claude_class(line, error)
            if failure is None and schema and line.get("structured_output") is None:
                failure = "structured_output"
            if index == 0:
                verdict = failure
            if failure is None and line["result"] and not any(s[0] == index for s in spoken):
                spoken.append((index, "result", False, line["result"]))
            sums, since = by_model(line.get("modelUsage") or {}), line.get("model_usage_since_last_result")
            if isinstance(since, dict):
                grown = by_model(since)
            elif stated is not None and sums:
                grown = {name: [n - m for n, m in zip(counts, stated.get(name, [0] * 5))] for name, counts in sums.items()}
            else:
                counts = line.get("usage") or {}
                grown = {model: [counts.get(name, 0) for name in (
                    "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")] + [None]}
            for name, counts in grown.items():
                if any(counts) or isinstance(since, dict):
                    add(usage, name, *counts)
            stated = sums or stated or {}
            message, open_text, block, following = None, {}, None, 0
    for text in open_text.values():
        spoken.append((turn, message, resumes, text))
    answer, last = "", None
    for number, writer, goes_on, text in spoken:
        if number == 0 and text:
            if answer and writer != last and not goes_on:
                answer += "\n\n"
            answer, last = answer + text, writer
    return verdict, units(answer), tools, usage, spoke or turn >= 0


def by_model(usage):
    """Input, cache read, cache write, output and billionths of a dollar."""
    return {model: [counts["inputTokens"], counts["cacheReadInputTokens"], counts["cacheCreationInputTokens"],
                    counts["outputTokens"], round(counts["costUSD"] * 1e9)] for model, counts in usage.items()}


# Codex ----------------------------------------------------------------------------------------------------------------

def codex_class(message):
    if message.startswith("{"):
        error = json.loads(message)["error"]
        return by_words(error["message"]) or "invalid_request"
    for word in message.replace(":", " ").split():
        if word.isdigit() and by_status(int(word)):
            return by_status(int(word))
    return by_words(message) or "server_error"


def codex(lines):
    verdict, texts, tools, usage, spoke, broken = "none", [], {}, {}, False, False
    for line in lines:
        kind, item = line.get("type"), line.get("item", {})
        if kind == "turn.started":
            spoke = True
        elif kind == "error":
            broken = line["message"].startswith("Reconnecting")
        elif kind in ("item.started", "item.completed"):
            if item["type"] == "agent_message":
                if not (broken and texts and texts[-1] == item["text"]):
                    texts.append(item["text"])
                    broken = False
            elif item["type"] not in ("error", "reasoning", "todo_list"):
                tools.setdefault(item["id"], [item["type"], None])
                if kind == "item.completed":
                    tools[item["id"]][1] = item["status"] in ("failed", "declined")
        elif kind == "turn.completed":
            sums = line["usage"]
            cached, written = sums["cached_input_tokens"], sums["cache_write_input_tokens"]
            usage = {}
            add(usage, "", sums["input_tokens"] - cached - written, cached, written, sums["output_tokens"], None)
            verdict = None
        elif kind == "turn.failed":
            verdict = codex_class(line["error"]["message"])
    return verdict, units("\n\n".join(t for t in texts if t)), tools, usage, spoke


def add(usage, model, *counts):
    old = usage.get(model, [0] * len(counts))
    usage[model] = [None if b is None else a + b for a, b in zip(old, counts)]


# --------------------------------------------------------------------------------------------------------------------

def judge(path):
    meta = json.loads(path.with_suffix(".meta.json").read_text())
    lines, _ = load(path)
    verdict, text, tools, usage, spoke = {"claude": claude, "codex": codex}[path.parent.name](lines)
    if verdict == "none":
        verdict = ending(meta, spoke)
    state = "completed" if verdict is None else "cancelled" if verdict == "cancelled" else "failed"
    names = ("input", "cache_read", "cache_write", "output", "cost_nanos")
    return {
        "state": state, "class": verdict, "text": text,
        "tools": [{"id": key, "name": name, "is_error": failed} for key, (name, failed) in tools.items()],
        "usage": {model: dict(zip(names, counts)) for model, counts in usage.items()},
    }


def main():
    root = pathlib.Path(sys.argv[1])
    runs = {f"{p.parent.name}/{p.stem}": judge(p) for p in sorted(root.glob("c*/*.jsonl"))}
    out = json.dumps(runs, indent=1, sort_keys=True) + "\n"
    if sys.argv[2:3] == ["--write"]:
        pathlib.Path(sys.argv[3]).write_text(out)
    elif sys.argv[2:3] == ["--check"]:
        golden = json.loads(pathlib.Path(sys.argv[3]).read_text())
        different = [n for n in sorted(set(golden) | set(runs)) if golden.get(n) != runs.get(n)]
        for name in different:
            print(f"{name}: golden {json.dumps(golden.get(name))} now {json.dumps(runs.get(name))}")
        print(f"{len(runs)} recordings, {len(different)} different")
        sys.exit(1 if different else 0)
    else:
        sys.stdout.write(out)


if __name__ == "__main__":
    main()
