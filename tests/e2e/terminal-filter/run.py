# What the agent prints can't drive the user's terminal: no clipboard writes (OSC 52), no title, no device or title reports
# that make the terminal type, in one piece or split over writes, live and as scrollback. Colours come through (control).
from bailey_test import *

ATTACK = (
    r"printf 'red:\033[31mR\033[0m '; printf 'clip:\033]52;c;aGFjaw==\007 '; printf 'title:\033]0;owned\007 ';"
    r"printf '\033]5'; sleep 0.2; printf '2;c;aGFjaw==\033\\'; printf 'report:\033[21t\033[c\033[6n\033Z\005 ';"
    r"printf 'dcs:\033P$q\"p\033\\ c1:\302\235'; printf '52;c;aGFjaw==\302\234'; echo the-end; sleep 100"
)
repository = repo()
terminal = Terminal("bailey", *run_flags(repository, "--name", "filter", "-b", "filter"), "--", "bash", "-c", ATTACK)
live = terminal.expect(r".*the-end").group(0)
terminal.type(DETACH)
terminal.wait()
viewer = Terminal("bailey", "attach", "shell-filter")
scrollback = viewer.expect(r".*the-end").group(0)
viewer.type(DETACH)
viewer.wait()
for name, shown in (("live", live), ("scrollback", scrollback)):
    assert b"\x1b[31mR" in shown, f"{name}: control: the colour is missing: {shown!r}"
    for bad in (b"]52", b"aGFjaw==", b"owned", b"\x1b[21t", b"\x1b[c", b"\x1b[6n", b"\x1bZ", b"\x05", b"\x1bP"):
        assert bad not in shown, f"{name}: {bad!r} got through: {shown!r}"
bailey("stop", "shell-filter")
