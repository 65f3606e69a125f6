"""What is worked on: repositories of many files, a C project, a configure script made by autoconf."""

import pathlib
import shutil

from measure import run

FILES_PER_DIRECTORY = 100


def git(path, *arguments):
    return run("git", "-C", path, *arguments)


def repository(path, files, bytes_each=400):
    """A repository with that many committed files."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main")
    git(path, "config", "gc.auto", "0")  # no packing in the background while we measure
    text = "the quick brown fox jumps over the lazy dog\n" * (bytes_each // 44 + 1)
    for number in range(files):
        directory = path / f"d{number // FILES_PER_DIRECTORY:04}"
        if number % FILES_PER_DIRECTORY == 0:
            directory.mkdir()
        (directory / f"f{number % FILES_PER_DIRECTORY:02}.txt").write_text(f"{number}\n{text}")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", f"{files} files")
    git(path, "status")
    return path


C_FUNCTION = """
static int step{n}(const char *text, int *table, int size) {{
  int hash = {n};
  for (const char *c = text; *c; c++) {{
    hash = hash * 31 + *c;
    table[(unsigned)hash % size] += (hash >> 3) ^ {n};
    if (table[(unsigned)hash % size] > {limit}) table[(unsigned)hash % size] /= 3;
  }}
  char buffer[64];
  snprintf(buffer, sizeof buffer, "%d %s", hash, text);
  return hash + (int)strlen(buffer);
}}
"""


def c_project(path, files=48, functions=40):
    """Sources as people write them: a few headers of the system, some dozens of functions a file, one program."""
    repository(path, 1)
    for number in range(files):
        parts = ["#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <math.h>\n#include <sys/stat.h>\n"]
        parts += [C_FUNCTION.format(n=n, limit=1000 + number) for n in range(functions)]
        calls = "\n".join(f"  total += step{n}(text, table, 97);" for n in range(functions))
        parts.append(f"int unit{number}(const char *text) {{\n  int table[97] = {{0}};\n  int total = 0;\n{calls}\n  return total;\n}}\n")
        (path / f"unit{number}.c").write_text("".join(parts))
    calls = " + ".join(f"unit{number}(argv[0])" for number in range(files))
    declarations = "".join(f"int unit{number}(const char *);\n" for number in range(files))
    (path / "main.c").write_text(f"{declarations}int main(int argc, char **argv) {{ return argc + {calls}; }}\n")
    (path / "Makefile").write_text(
        "objects := $(patsubst %.c,%.o,$(wildcard *.c))\nprogram: $(objects)\n\t$(CC) -o $@ $^\n%.o: %.c\n\t$(CC) -O1 -c -o $@ $<\n"
    )
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", "C project")
    return path


HEADERS = """arpa/inet.h assert.h ctype.h dirent.h dlfcn.h errno.h fcntl.h float.h grp.h iconv.h inttypes.h langinfo.h libgen.h
limits.h locale.h malloc.h math.h memory.h netdb.h netinet/in.h poll.h pthread.h pwd.h regex.h sched.h semaphore.h signal.h
spawn.h stdarg.h stdbool.h stdint.h strings.h sys/file.h sys/ioctl.h sys/mman.h sys/param.h sys/resource.h sys/select.h
sys/socket.h sys/time.h sys/times.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h syslog.h termios.h utime.h wchar.h wctype.h"""
FUNCTIONS = """alarm atexit bcopy dup2 fchdir fdatasync fork ftruncate getaddrinfo getcwd gethostname getline getpagesize
gettimeofday inet_ntoa isascii localeconv localtime_r memchr memmove memset mkdir mkfifo mmap munmap nanosleep pathconf poll
posix_fallocate pread pwrite realpath regcomp rmdir select setenv setlocale sigaction socket strcasecmp strchr strdup strerror
strndup strnlen strstr strtol strtoul strtoull uname utime utimensat vfork vsnprintf wcwidth"""


def configure_project(path):
    """A configure script by autoconf, with the checks of a usual C program. None without autoconf."""
    if not shutil.which("autoconf"):
        return None
    repository(path, 1)
    (path / "configure.ac").write_text(
        "AC_INIT([example], [1.0])\nAC_CONFIG_HEADERS([config.h])\nAC_PROG_CC\nAC_C_BIGENDIAN\nAC_C_INLINE\n"
        f"AC_CHECK_HEADERS([{' '.join(HEADERS.split())}])\nAC_CHECK_FUNCS([{' '.join(FUNCTIONS.split())}])\n"
        + "".join(f"AC_CHECK_SIZEOF([{kind}])\n" for kind in ("int", "long", "size_t", "time_t", "void *"))
        + "AC_SEARCH_LIBS([pow], [m])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n"
    )
    (path / "config.h.in").write_text("")
    (path / "Makefile.in").write_text("all:\n")
    run("autoheader", "-f", cwd=path)
    run("autoconf", cwd=path)
    shutil.rmtree(pathlib.Path(path) / "autom4te.cache", ignore_errors=True)
    git(path, "add", "-A", "-f")
    git(path, "commit", "-q", "-m", "configure")
    return path
