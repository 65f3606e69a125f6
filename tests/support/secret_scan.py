"""Looks for a secret wherever the processes of this machine, or of this sandbox, could find it: their environment,
arguments, memory and mapped files, and files below directories. Also a program, for use inside a sandbox:

    python3 secret_scan.py MASKED... [-- DIRECTORY...]

The secrets are given as masked() writes them, so that the search doesn't find itself. Prints `found SECRET-NUMBER PLACE` for each
place and, at the end, what was looked at. An encoded secret (base64, URL, reversed) counts as found too."""

import array
import base64
import contextlib
import mmap
import os
import pathlib
import sys
import urllib.parse
import zlib

CHUNK_BYTES = 16 << 20
FILE_BYTES_MAX = 1 << 30
ENTRIES_AT_ONCE = 4096
IN_MEMORY = 0b11 << 62  # of an entry of /proc/PID/pagemap: the page is there, or in swap


def spellings(secret):
    """The secret, and what it looks like in usual disguises."""
    # Three alignments of base64; the ends depend on the neighbours and are left out.
    middles = (base64.b64encode(b"\0" * shift + secret)[4 if shift else 0 :].rstrip(b"=")[:-1] for shift in range(3))
    found = {secret, secret[::-1], secret.hex().encode(), urllib.parse.quote(secret).encode(), *middles}
    return sorted(word for word in found if len(word) >= 8)


def masked(secret):
    return bytes(byte ^ 0x5A for byte in secret).hex()


def unmasked(text):
    return bytes(byte ^ 0x5A for byte in bytes.fromhex(text))


def runs(pages, start, end):
    """Pairs of page numbers: the parts of start…end that hold anything. Runtimes reserve far more than they use."""
    first = None
    while start < end:
        pages.seek(8 * start)
        raw = pages.read(8 * min(end - start, ENTRIES_AT_ONCE))
        if not raw:
            break
        # Mostly all the same, and then looked at as one: gigabytes are reserved.
        same = raw == raw[:8] * (len(raw) // 8)
        for entry in array.array("Q", raw[:8] if same else raw):
            if entry & IN_MEMORY and first is None:
                first = start
            elif not entry & IN_MEMORY and first is not None:
                yield first, start
                first = None
            start += len(raw) // 8 if same else 1
    if first is not None:
        yield first, start


class Scan:
    def __init__(self, secrets):
        """`secrets`: list of bytes. What was seen is in the sets below."""
        self.words = [spellings(secret) for secret in secrets]
        self.overlap = max((len(word) for words in self.words for word in words), default=1)
        self.found = []  # (number of the secret, place)
        self.processes, self.files, self.memory_bytes, self.refused = 0, set(), 0, set()

    def text(self, data, place):
        for number, words in enumerate(self.words):
            if any(word in data for word in words) and (number, place) not in self.found:
                self.found.append((number, place))

    def stream(self, read, place):
        tail = b""
        while chunk := read(CHUNK_BYTES):
            self.text(tail + chunk, place)
            tail = chunk[-self.overlap :]

    def file(self, path):
        with contextlib.suppress(OSError):
            status = os.stat(path)
            identity = (status.st_dev, status.st_ino)
            if identity in self.files or not os.path.isfile(path) or status.st_size > FILE_BYTES_MAX:
                return
            with open(path, "rb") as opened:
                self.files.add(identity)
                head = opened.read(2)
                opened.seek(0)
                if head in (b"\x78\x01", b"\x78\x9c", b"\x78\xda"):  # an object of git's
                    with contextlib.suppress(zlib.error):
                        self.text(zlib.decompress(opened.read()), f"{path} (inflated)")
                    opened.seek(0)
                self.stream(opened.read, path)

    def tree(self, directory, without=()):
        for above, directories, names in os.walk(directory):
            directories[:] = [name for name in directories if os.path.join(above, name) not in without]
            for name in names + directories:
                self.text(os.fsencode(name), os.path.join(above, name) + " (its name)")
            for name in names:
                path = os.path.join(above, name)
                if os.path.islink(path):
                    with contextlib.suppress(OSError):
                        self.text(os.fsencode(os.readlink(path)), path)
                else:
                    self.file(path)

    def process(self, pid):
        self.processes += 1
        for name in ("environ", "cmdline", "auxv"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb") as opened:
                self.text(opened.read(), f"/proc/{pid}/{name}")
        try:
            with (
                open(f"/proc/{pid}/maps") as maps,
                open(f"/proc/{pid}/mem", "rb", buffering=0) as memory,
                open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pages,
            ):
                for line in maps:
                    self.region(pid, line.split(None, 5), memory, pages)
        except OSError:
            self.refused.add(pid)

    def region(self, pid, fields, memory, pages):
        name = fields[5].strip() if len(fields) > 5 else ""
        if "r" not in fields[1] or name in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
            return
        if name.startswith("/") and "w" not in fields[1]:
            return self.file(name)
        place = f"/proc/{pid}/mem {name or 'anonymous'} of {pathlib.Path(f'/proc/{pid}/comm').read_text().strip()}"
        start, end = (int(part, 16) // mmap.PAGESIZE for part in fields[0].split("-"))
        for first, last in runs(pages, start, end):
            left = (last - first) * mmap.PAGESIZE
            memory.seek(first * mmap.PAGESIZE)

            def read(size):
                nonlocal left
                try:
                    data = memory.read(min(size, left))
                except OSError:
                    return b""
                left -= len(data)
                self.memory_bytes += len(data)
                return data

            self.stream(read, place)

    def __str__(self):
        lines = [f"found {number} {place}" for number, place in self.found]
        lines.append(f"scanned {self.processes} processes ({len(self.refused)} refused their memory), "
                     f"{self.memory_bytes >> 20} MiB of memory, {len(self.files)} files")  # fmt: skip
        return "\n".join(lines)


def main():
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    scan = Scan([unmasked(word) for word in words[:split]])
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            scan.process(int(entry))
    scan.text(repr(dict(os.environ)).encode(), "the environment")
    for directory in words[split + 1 :]:
        scan.tree(directory)
    print(scan)


if __name__ == "__main__":
    main()
