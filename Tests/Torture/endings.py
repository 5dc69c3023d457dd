"""Wishes to end: signals, and Ctrl+C once, twice and three times at a terminal."""

import signal
import time

import loads
import serving
from arena import Failed, expect
from forms import SLOW, SPAN, await_moment, form
from terminal import Terminal

GRACE = 1
# Some listen, some do not, some are stopped and some have descendants that do not listen either.
MIXED = ("x [[fake m1: --ignore-term]] [[fake m2: --stop 5]] [[fake m3: --children 6 --children-ignore --ignore-term]] "
         "[[fake m4: --hang 3]] [[fake m5: --hang start]] [[fake m6: --exit-on-term 3]]")


def ended(arena, status, wanted, by_others=False):
    """What holds of every run that was ended by a person, at whatever moment; `by_others` when nobody waited for the end."""
    # A signal before anybody could listen ends the program as any other.
    expect(status in (wanted, 128 - wanted), f"the exit status is {status}")
    # A run may have been written and nobody was there yet to hear the wish.
    arena.tutti("recover")
    arena.settle()
    if (newest := arena.newest()) and status == wanted:
        expect(newest in [("cancelled", wanted)] + [("cancelled", 5)] * by_others, f"the run is {newest}")


@form("T05", 100, 3)
def t05(arena, dice):
    """SIGTERM or SIGINT under load: exit within grace and a second, nothing left, all is cancelled."""
    asking = arena.ask(question=MIXED)
    await_moment(arena, asking, dice)
    status, wanted, _ = signalled(asking, dice)
    if status == 0:
        raise Failed("a run with providers that hang is a success")
    left(arena, status == wanted)
    ended(arena, status, wanted)


def signalled(process, dice):
    """SIGTERM or SIGINT for a process; its status, the one that it should have, and the time (ms) of the signal."""
    number, wanted = dice.choice([(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    moment, began = time.time() * 1000, time.monotonic()
    process.send_signal(number)
    status = process.wait(60)
    took = time.monotonic() - began
    expect(took < (GRACE + 1) * SLOW, f"it took {took:.2f} s to leave")
    return status, wanted, moment


def left(arena, could_listen):
    """Nothing lives; and the last one that left has folded the log into the store, if it could do anything at all."""
    expect(not arena.processes(), f"left behind: {arena.processes()}")
    wal = arena.store.with_name(arena.store.name + "-wal")
    expect(not could_listen or not wal.exists() or wal.stat().st_size == 0, "the write-ahead log was left behind")


@form("T05-batch", 30, before=loads.write_batch, **loads.QUEUED)
def t05_batch(arena, dice):
    """SIGTERM or SIGINT for an attended batch while most of it waits: as T05."""
    running = arena.start("batch", "run", "queued.batch.yaml", "--json", name="batch")
    await_moment(arena, running, dice)
    status, wanted, moment = signalled(running, dice)
    left(arena, status in (0, wanted))
    # A signal may come when all is done, and before the command has said so.
    if arena.newest() == ("completed", 0):
        return
    ended(arena, status, wanted)
    if arena.newest("exit") != (wanted,):
        return
    late = arena.query("select id from sessions where created_at > ? + 100", moment)
    expect(not late, f"begun after the signal: {late}")
    states = {state for state, in arena.jobs("state")}
    expect(states <= {"completed", "cancelled", "skipped"}, f"the jobs are {states}")


@form("T05-serve", 30, 1, before=loads.write_batch, **loads.QUEUED)
def t05_serve(arena, dice):
    """SIGTERM or SIGINT for whoever serves while work waits: it claims no more, and others bring all of it to its end."""
    arena.forget_recoveries()
    server = serving.serve(arena)
    handing = loads.hand_over(arena, dice)
    time.sleep(dice.uniform(0, 2.5 * SPAN))
    status, wanted, moment = signalled(server, dice)
    # A signal before anybody could listen ends the program as any other.
    expect(status in (wanted, 128 - wanted), f"the exit status is {status}")
    loads.accepted(arena, handing)
    # Those that it began were taken over by somebody: the others were begun by that one.
    late = arena.query("""select s.id from sessions s join events e on e.session = s.row join event_types t on t.number = e.type
        where t.name = 'session.adopted' and s.created_at > ? + 100""", moment)
    expect(not late, f"begun after the signal: {late}")
    arena.settle()
    loads.completed_once(arena)


def press(arena, dice, times):
    """Ctrl+C so often, at moments that nobody foresees."""
    arena.asked += 1
    terminal = Terminal(arena.command("ask", MIXED, "--all"), {**arena.environment, "TERM": "xterm-256color"},
                        arena.project)
    if dice.random() < 0.8:
        deadline = time.monotonic() + 10 * SLOW
        while not arena.unfinished() and terminal.process.poll() is None and time.monotonic() < deadline:
            terminal.rest(0.01)
    terminal.rest(dice.uniform(0, SPAN))
    for _ in range(times):
        if terminal.process.poll() is None:
            terminal.type("\x03")
        terminal.rest(dice.uniform(0, 0.2))
    began = time.monotonic()
    status, is_restored = terminal.wait(60)
    took = time.monotonic() - began
    expect(is_restored, "the terminal is not as it was")
    expect(b"\x1b[?25l" not in terminal.output or terminal.output.rindex(b"\x1b[?25h") >
           terminal.output.rindex(b"\x1b[?25l"), "the cursor stays hidden")
    bound = {1: GRACE + 1, 2: 1, 3: 0.5}[times] * SLOW
    expect(took < bound, f"it left {took:.2f} s after the last key")
    ended(arena, status, 130, by_others=times == 3)


@form("CtrlC-1", 100, 1)
def once(arena, dice):
    """Ctrl+C once at a terminal: a gentle end, all is cancelled, exit 130."""
    press(arena, dice, 1)


@form("CtrlC-2", 100, 1)
def twice(arena, dice):
    """Ctrl+C twice: what does not listen is killed."""
    press(arena, dice, 2)


@form("CtrlC-3", 100, 1)
def three_times(arena, dice):
    """Ctrl+C three times: the command leaves at once, the rest is ended and recorded without it."""
    press(arena, dice, 3)
