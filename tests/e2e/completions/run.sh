# Completions for three shells are scripts that their shells accept, and know the subcommands.
source "$SUPPORT/lib.sh"
bailey completions bash >"$T/bash"
bash -n "$T/bash"
for shell in bash zsh fish; do
  bailey completions "$shell" >"$T/script"
  grep -q attach "$T/script"
  if command -v "$shell" >/dev/null; then "$shell" -n "$T/script"; fi
done
# What bash offers after `bailey at`.
offered=$(bash -c 'source "$1"; COMP_WORDS=(bailey at); COMP_CWORD=1; COMP_LINE="bailey at"; COMP_POINT=9
  "$(complete -p bailey | sed "s/.*-F \([^ ]*\).*/\1/")" bailey at bailey; echo "${COMPREPLY[*]}"' bash "$T/bash")
assert_contains "$offered" attach
# And after `bailey approvals ap`.
offered=$(bash -c 'source "$1"; COMP_WORDS=(bailey approvals ap); COMP_CWORD=2; COMP_LINE="bailey approvals ap"
  COMP_POINT=19; "$(complete -p bailey | sed "s/.*-F \([^ ]*\).*/\1/")" bailey ap approvals; echo "${COMPREPLY[*]}"' bash "$T/bash")
assert_contains "$offered" approve
