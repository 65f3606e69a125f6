#include "credentials/commit_payload.h"

#include <gtest/gtest.h>

#include "credentials/signing_ledger.h"
#include "credentials/signing_setup.h"

namespace bailey::credentials {
namespace {

const std::string tree(40, 'a');
const std::string parent(40, 'b');
constexpr std::int64_t now = 1'764'000'000;
const Signer ann{"Ann Example", "ann@example.org"};

std::string commit(const std::string& author = "Ann Example <ann@example.org> 1763000000 +0100",
                   const std::string& committer = "Ann Example <ann@example.org> 1764000000 +0100",
                   const std::string& more = "", const std::string& message = "subject\n\nbody\n\nTrailer: x\n") {
  return "tree " + tree + "\nparent " + parent + "\nauthor " + author + "\ncommitter " + committer + '\n' + more +
         '\n' + message;
}

TEST(CommitPayload, ReadsACommit) {
  const std::string text = commit();
  const auto parsed = parse_commit_payload(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tree, tree);
  EXPECT_EQ(parsed->parents, std::vector{parent});
  EXPECT_EQ(parsed->author.time, 1'763'000'000);
  EXPECT_EQ(parsed->committer.email, "ann@example.org");
  EXPECT_EQ(parsed->message, "subject\n\nbody\n\nTrailer: x\n");
  EXPECT_TRUE(parse_commit_payload("tree " + tree + "\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\n")) << "a root";
  EXPECT_TRUE(parse_commit_payload(commit("Ünïcode <ü@example.org> 1 -0330")));
  EXPECT_TRUE(parse_commit_payload(commit("A <a@b> 1 +0000", "A <a@b> 1 +0000", "encoding ISO-8859-1\n", "caf\xe9\n")));
}

TEST(CommitPayload, RefusesWhatIsNoPlainCommit) {
  const std::string who = "A <a@b> 1 +0000";
  const std::string people = "author " + who + "\ncommitter " + who + '\n';
  std::string parents;
  for (std::size_t i = 0; i <= commit_parents_max; ++i) parents += "parent " + parent + '\n';
  for (const std::string& text : {
           std::string(),
           "object " + tree + "\ntype commit\ntag v1\ntagger " + who + "\n\nrelease\n",  // a tag
           "tree " + tree + '\n',
           "tree " + tree.substr(1) + '\n' + people + "\nx\n",
           "tree " + std::string(40, 'A') + '\n' + people + "\nx\n",
           "tree " + tree + "\nparent " + std::string(64, 'b') + '\n' + people + "\nx\n",  // two hashes
           "tree " + tree + '\n' + parents + people + "\nx\n",
           "tree " + tree + "\ntree " + tree + '\n' + people + "\nx\n",
           "tree " + tree + "\ncommitter " + who + "\nauthor " + who + "\n\nx\n",  // another order
           "tree " + tree + "\nauthor " + who + "\n\nx\n",
           "tree " + tree + '\n' + people,                                    // no empty line
           commit(who, who, "gpgsig -----BEGIN PGP SIGNATURE-----\n"),        // signed already
           commit(who, who, "mergetag object " + tree + "\n type commit\n"),  // a tag inside
           commit(who, who, "author " + who + '\n'),                          // twice
           commit(who, who, "x-evil yes\n"),
           commit("A <a@b> 1 +0000\tx"),
           commit("A <a@b> <c@d> 1 +0000"),
           commit("A a@b 1 +0000"),
           commit("A <a@b>1 +0000"),
           commit("A <a@b> -1 +0000"),
           commit("A <a@b> 1 0000"),
           commit("A <a@b> 1 +00000"),
           commit("A <a@b> 99999999999999999999 +0000"),
           commit("<a@b> 1 +0000"),
           commit(std::string(commit_identity_bytes_max, 'n') + " <a@b> 1 +0000"),
           commit(who, who, "", std::string("zero\0byte\n", 10)),
           commit(who, who, "", "caf\xe9\n"),
           commit(who, who, "", std::string(commit_payload_bytes_max, 'm')),
           "SSHSIG" + commit(),
           "\n" + commit(),
       })
    EXPECT_FALSE(parse_commit_payload(text)) << text.substr(0, 300);
}

TEST(CommitPayload, OnlyTheUsersOwnCommitMadeNowIsSigned) {
  const auto check = [](const std::string& text) { return check_commit(*parse_commit_payload(text), ann, now); };
  EXPECT_TRUE(check(commit()));
  EXPECT_FALSE(check(commit("Linus <linus@example.org> 1763000000 +0100"))) << "a forged author";
  EXPECT_FALSE(check(commit("Ann Example <ann@example.org.evil.net> 1763000000 +0100")));
  EXPECT_FALSE(check(commit("Linus <ann@example.org> 1763000000 +0100"))) << "another name";
  const std::string author = "Ann Example <ann@example.org> 1763000000 +0100";
  EXPECT_FALSE(check(commit(author, "Bob <bob@example.org> 1764000000 +0100")));
  EXPECT_FALSE(check(commit(author, "Ann Example <ann@example.org> 1763999399 +0100"))) << "back-dated";
  EXPECT_FALSE(check(commit(author, "Ann Example <ann@example.org> 1764000601 +0100")));
  EXPECT_TRUE(check(commit(author, "Ann Example <ann@example.org> 1763999400 +0100")));
  EXPECT_FALSE(check_commit(*parse_commit_payload(commit(""
                                                         "A <> 1 +0000",
                                                         "A <> 1 +0000")),
                            {"A", ""}, 1));
}

TEST(CommitPayload, NamesTheCommitThatGitWillMake) {
  // Made by git 2.39 itself: commit-tree of the empty tree with a program that "signs" with the lines below.
  const std::string payload =
      "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 "
      "+0000\n\nhello\n";
  const std::string signature = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
  EXPECT_EQ(with_signature(payload, signature, "gpgsig"),
            "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> "
            "1700000000 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\nhello\n");
  EXPECT_EQ(signed_commit_id(payload, signature), "a51c8a08356755a736b40142e00e9bd98a280fe5");
}

TEST(SigningLedger, CountsAndRemembers) {
  const std::string text = attempt_line(now - 100) + signed_line(now - 100, parent) + attempt_line(now - 10);
  const auto ledger = parse_signing_ledger(text, now);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->attempts, 2U);
  EXPECT_EQ(ledger->recent_attempts, 1U);
  EXPECT_TRUE(ledger->commits.contains(parent));
  EXPECT_TRUE(check_signing_rate(*ledger));
  EXPECT_FALSE(check_signing_rate({.attempts = signatures_a_session_max, .recent_attempts = 0, .commits = {}}));
  EXPECT_FALSE(check_signing_rate({.attempts = 100, .recent_attempts = signatures_a_minute_max, .commits = {}}));
  EXPECT_FALSE(parse_signing_ledger("junk\n", now));
  EXPECT_FALSE(parse_signing_ledger("12x -\n", now));
}

TEST(SigningSetup, FollowsTheUsersConfiguration) {
  EXPECT_EQ(signing_setup({}).format, SigningFormat::none);
  SigningConfig config{.gpgsign = "true",
                       .format = "",
                       .signing_key = "",
                       .gpg_program = "",
                       .ssh_program = "",
                       .identity = "Ann <a@b>"};
  EXPECT_EQ(signing_setup(config).format, SigningFormat::gpg);
  EXPECT_EQ(signing_setup(config).key, "Ann <a@b>");
  config.signing_key = "ABCD";
  EXPECT_EQ(signing_arguments(signing_setup(config), ""), (std::vector<std::string>{"--status-fd=2", "-bsau", "ABCD"}));
  config.signing_key = "--output=/home/ann/.bashrc";
  EXPECT_EQ(signing_setup(config).format, SigningFormat::none) << "no option";
  config.format = "ssh";
  config.signing_key = "";
  EXPECT_EQ(signing_setup(config).format, SigningFormat::none);
  config.signing_key = "key::ssh-ed25519 AAAA";
  EXPECT_EQ(signing_setup(config).program, "ssh-keygen");
  EXPECT_EQ(literal_ssh_key(config.signing_key), "ssh-ed25519 AAAA");
  EXPECT_EQ(literal_ssh_key("~/.ssh/id.pub"), "");
  config.format = "x509";
  EXPECT_EQ(signing_setup(config).format, SigningFormat::none);
}

TEST(SigningSetup, OnlyASignatureIsHandedIn) {
  const std::string pgp = "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n";
  EXPECT_TRUE(is_signature(SigningFormat::gpg, pgp));
  EXPECT_FALSE(is_signature(SigningFormat::ssh, pgp));
  EXPECT_FALSE(is_signature(SigningFormat::gpg, pgp + pgp));
  EXPECT_FALSE(is_signature(SigningFormat::gpg, "-----BEGIN PGP PRIVATE KEY BLOCK-----\n"));
  EXPECT_FALSE(is_signature(SigningFormat::gpg, ""));
}

}  // namespace
}  // namespace bailey::credentials
