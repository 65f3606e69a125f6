# Twenty short sessions one after the other, and as many refused ones, leave no process, mount, socket, cgroup or
# descriptor behind (the runner looks), and after rm no file.
# runner: timeout=180 root=also
source "$SUPPORT/lib.sh"
r=$(repo project)
for n in {1..20}; do
  yard "$r" --name "n$n" -b "n$n" -- true
  run_status yard "$r" -b 'bad..name' -- true
done
for n in {1..20}; do bailey rm -y "shell-n$n"; done
assert_eq "$(find "$SESSIONS" -mindepth 1 -maxdepth 1 ! -name '.*' | wc -l)" 0
