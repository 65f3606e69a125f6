# Limits hold: more processes than --pids can't be made (control: a few can), memory beyond --memory is refused or ends
# the process, and the machine goes on.
# runner: root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
count='my $n = 0; my @k; while ($n < 400 && defined(my $p = fork)) { if (!$p) { sleep 60; exit } push @k, $p; $n++ } kill 9, @k; print "made $n\n"'
run_status yard "$r" --pids 100 -- perl -e "$count"
made=$(sed -n 's/^made //p' "$T/out")
[[ -n $made ]] && ((made > 20 && made <= 100)) || { show_last; fail "made '$made' processes under --pids 100"; }
run_status yard "$r" --pids 1000 -- perl -e "$count"
assert_contains "$OUT" 'made 400'

eat='my $s = "x" x (1 << 20); my @a; for (1 .. 600) { push @a, $s . $_; } print "ate\n"'
run_status yard "$r" --memory 200m -- perl -e "$eat"
refute_contains "$OUT" ate
[[ $STATUS != 0 ]] || fail 'the memory limit left no trace in the exit status'
run_status yard "$r" --memory 2g -- perl -e "$eat"
assert_contains "$OUT" ate
