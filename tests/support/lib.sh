# What end-to-end scenarios in bash share: `source "$SUPPORT/lib.sh"`. tests/support/runner.py gives each scenario $T (its
# own directory, removed afterwards), HOME, XDG directories and `bailey` on PATH.
# shellcheck shell=bash
set -euo pipefail
export GIT_TERMINAL_PROMPT=0

SESSIONS=$XDG_STATE_HOME/bailey/sessions

fail() {
  echo "FAILED at line ${BASH_LINENO[0]}: $*" >&2
  exit 1
}
trap 'echo "FAILED at line $LINENO: $BASH_COMMAND" >&2' ERR

skip() {
  echo "skipped: $*"
  exit 77
}

# repo NAME: a small repository with two commits on main, one ignored and one untracked file. Prints its path.
repo() {
  local path=$T/work/$1
  git init -q "$path"
  printf 'int main(void) { return 0; }\n' >"$path/main.c"
  printf '*.o\nbuild/\n.env\n' >"$path/.gitignore"
  git -C "$path" add -A
  git -C "$path" commit -q -m 'first'
  printf '# %s\n' "$1" >"$path/README.md"
  git -C "$path" add -A
  git -C "$path" commit -q -m 'second'
  mkdir "$path/build"
  printf 'object\n' >"$path/build/main.o"
  printf 'note\n' >"$path/untracked.txt"
  echo "$path"
}

# yard REPO [FLAG...] -- COMMAND...: `bailey run` with the shell manifest and no network.
yard() {
  local path=$1
  shift
  bailey run shell "$path" --network restricted -y "$@"
}

# run_status COMMAND...: sets STATUS, OUT and ERR.
run_status() {
  STATUS=0
  "$@" >"$T/out" 2>"$T/err" || STATUS=$?
  OUT=$(tr -d '\0' <"$T/out")
  ERR=$(tr -d '\0' <"$T/err")
}

show_last() { printf -- '--- status %s\n--- stdout\n%s\n--- stderr\n%s\n' "$STATUS" "$OUT" "$ERR" >&2; }

expect_status() {
  local wanted=$1
  shift
  run_status "$@"
  [[ $STATUS == "$wanted" ]] || { show_last; fail "status $STATUS, expected $wanted: $*"; }
}

# expect_fails_with STATUS PATTERN COMMAND...: that status, and a message of one to three lines that matches the pattern
# (extended, any case).
expect_fails_with() {
  local wanted=$1 pattern=$2
  shift 2
  expect_status "$wanted" "$@"
  grep -qiE -- "$pattern" <<<"$ERR" || { show_last; fail "stderr does not match /$pattern/"; }
  local lines
  lines=$(wc -l <"$T/err")
  ((lines >= 1 && lines <= 3)) || { show_last; fail "$lines lines of message; three at most"; }
}

assert_eq() { [[ $1 == "$2" ]] || fail "${3:-values differ}: got '$1', expected '$2'"; }
assert_contains() { [[ $1 == *"$2"* ]] || { printf '%s\n' "$1" >&2; fail "'$2' is not in the text above"; }; }
refute_contains() { [[ $1 != *"$2"* ]] || { printf '%s\n' "$1" >&2; fail "'$2' is in the text above"; }; }
assert_file() { [[ -e $1 ]] || fail "no file $1"; }
refute_file() { [[ ! -e $1 && ! -L $1 ]] || fail "$1 is there"; }

has_branch() { git -C "$1" rev-parse -q --verify "refs/heads/$2" >/dev/null; }
assert_branch() { has_branch "$1" "$2" || { git -C "$1" branch -a -v >&2; fail "no branch $2 in $1"; }; }
refute_branch() { ! has_branch "$1" "$2" || fail "branch $2 is in $1"; }
# file_on REPO BRANCH PATH: the file's content on the branch.
file_on() { git -C "$1" cat-file blob "refs/heads/$2:$3"; }
head_of() { git -C "$1" rev-parse "${2:-HEAD}"; }

# host_state REPO: everything of the host's repository that a session must not change, as one hash: refs other than the
# given branch, work tree, index, config, hooks.
host_state() {
  local path=$1 except=${2:-none}
  {
    git -C "$path" for-each-ref | grep -v "refs/heads/$except" || true
    cat "$path/.git/HEAD" "$path/.git/config"
    git -C "$path" ls-files -s
    find "$path/.git/hooks" -type f -exec sha256sum {} + | sort
    find "$path" -path "$path/.git" -prune -o -printf '%p %m %y %s %l\n' | sort
    find "$path" -path "$path/.git" -prune -o -type f -readable -exec sha256sum {} + | sort
  } | sha256sum
}

# sessions [FIELD]: one line a session from `bailey ls --all --json`.
sessions() { bailey ls --all --json | "$SUPPORT/json" "${1:-name}"; }
# session_field NAME FIELD
session_field() { bailey ls --all --json | "$SUPPORT/json" "$2" "name=$1"; }

# wait_until SECONDS COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "still not so: $*"
    sleep 0.05
  done
}
status_is() { [[ $(session_field "$1" status) == "$2" ]]; }
# wait_for_end SECONDS NAME: until its command has ended by itself and its work is saved.
wait_for_end() { wait_until "$1" status_is "$2" exited; }

# supervisor NAME: its process id.
supervisor() { session_field "$1" supervisor.pid; }
