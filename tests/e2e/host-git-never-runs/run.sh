# Nothing in the agent's tree or in the host repository's own configuration runs on the host: hooks of every name, fsmonitor,
# filters, textconv, credential helpers and editors, planted by the agent and by the host's owner, leave no mark during
# run, stop, landing and rm. Control: the same hook marks when the user commits.
source "$SUPPORT/lib.sh"
r=$(repo project)
cat >"$T/mark" <<HOOK
#!/bin/sh
echo "\$0 \$*" >>"$T/marks"
HOOK
chmod +x "$T/mark"
for hook in pre-commit post-commit commit-msg prepare-commit-msg post-checkout post-merge pre-push pre-receive update post-receive \
  post-update reference-transaction pre-auto-gc post-index-change fsmonitor-watchman push-to-checkout proc-receive; do
  cp "$T/mark" "$r/.git/hooks/$hook"
done
git -C "$r" config core.fsmonitor "$T/mark"
git -C "$r" config filter.f.clean "$T/mark"
git -C "$r" config core.editor "$T/mark"
git -C "$r" config core.sshCommand "$T/mark"
git -C "$r" config gc.auto 1
git -C "$r" commit -q --allow-empty -m control || true
grep -q post-commit "$T/marks" || fail 'control: the hook runs when the user commits'
rm "$T/marks"
yard "$r" -b h --name h -- sh -c '
  echo "* filter=evil" >.gitattributes
  git config filter.evil.clean "touch /tmp/inside; cat"; git config core.hooksPath hooks; mkdir -p hooks
  for h in post-commit pre-push update post-receive; do printf "#!/bin/sh\ntouch '"$T"'/marks\n" >hooks/$h; chmod +x hooks/$h; done
  git config core.fsmonitor "touch '"$T"'/marks"; git config core.pager "touch '"$T"'/marks"
  echo x >x; git add -A; git commit -qm x; git push -q local HEAD; echo left >left'
assert_eq "$(file_on "$r" shell/h x)" x
assert_eq "$(file_on "$r" shell/h left)" left
run_status bailey review shell-h
bailey rm -y shell-h
refute_file "$T/marks"
refute_contains "$(cat "$r/.git/config")" evil
