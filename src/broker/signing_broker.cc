// A signature under a commit of this session, made by the user's own gpg or ssh-keygen with the user's own key.
//
// What is checked without asking the agent: it is a commit and nothing else; author and committer are the user; it is
// made now; it builds on commits that the host has (the repository's and what was pushed to the quarantine) or that
// were signed for this session; not too many are asked for. What can't be checked is what the commit's tree holds: a
// signature from a session says that the user let an agent commit in this repository.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "broker/broker.h"
#include "credentials/commit_payload.h"
#include "credentials/signing_ledger.h"
#include "credentials/ssh_host_key.h"
#include "git/confine.h"
#include "git/quarantine.h"
#include "git/service.h"
#include "os/files.h"
#include "os/process.h"

namespace bailey::broker {
namespace {

using namespace credentials;

constexpr std::chrono::seconds signing_time_max{60};  // the user may have to type a passphrase or touch a token
constexpr std::size_t key_file_bytes_max = std::size_t{16} << 10;
constexpr int key_fd = 5;

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(SystemClock().wall_now().time_since_epoch()).count();
}

std::string path_of(const Scene& scene) {
  constexpr std::string_view variable = "PATH=";
  for (const auto& entry : scene.environment)
    if (entry.starts_with(variable)) return entry.substr(variable.size());
  return "/usr/local/bin:/usr/bin:/bin";
}

std::string expanded(const Scene& scene, const std::string& path) {
  return path.starts_with("~/") ? scene.description.home + path.substr(1) : path;
}

// "ssh-ed25519 AAAA… comment", of the setting or of the file that it names.
std::string public_key_line(const Scene& scene) {
  const auto& key = scene.description.signing.key;
  if (const auto literal = literal_ssh_key(key); !literal.empty()) return std::string(literal);
  std::string file = expanded(scene, key);
  if (!file.ends_with(".pub")) file += ".pub";
  return os::read_file(file, key_file_bytes_max).value_or("");
}

// What rules may call the key.
std::vector<std::string> key_names(const Scene& scene) {
  const auto& signing = scene.description.signing;
  if (signing.format != SigningFormat::ssh) return {signing.key};
  std::vector<std::string> names;
  const std::string line = public_key_line(scene);
  const auto words = split(trim(line), ' ');
  if (words.size() >= 2)
    if (const std::string blob = from_base64(words[1]); !blob.empty()) names.push_back(ssh_fingerprint(blob));
  if (words.size() >= 3) names.emplace_back(words[2]);
  if (names.empty()) names.push_back(signing.key);
  return names;
}

class Signing {
 public:
  Signing(const Scene& scene, Event& event) : scene_(scene), event_(event) {}

  Result<std::string> run(std::string_view payload, SigningFormat wanted) {
    const auto& signing = scene_.description.signing;
    if (signing.format == SigningFormat::none) return fail("sign the commit", signing.why);
    if (signing.format != wanted)
      return fail("sign the commit",
                  "the user signs with " + std::string(signing_format_words[static_cast<std::size_t>(signing.format)]));
    const auto names = key_names(scene_);
    event_.key = names.front();
    const auto commit = TRY(parse_commit_payload(payload));
    TRY_STATUS(check_commit(commit, scene_.description.signer, seconds_now()));
    TRY_STATUS(check_parents(commit));
    const CredentialUse use{.op = policy::CredentialOp::sign, .names = names, .host = {}, .port = {}};
    if (!is_granted(scene_, decide(scene_.description.rules, use), question(commit), event_))
      return fail("sign the commit", event_.reason);
    TRY_STATUS(count_attempt());
    event_.outcome = Outcome::failed;
    auto signature = TRY(sign(payload));
    event_.commit = signed_commit_id(payload, signature);
    TRY_STATUS(append(signed_line(seconds_now(), event_.commit)));
    event_.outcome = Outcome::given;
    return signature;
  }

 private:
  [[nodiscard]] std::string ledger_path() const { return os::join(scene_.description.directory, "signed-commits"); }

  [[nodiscard]] Result<SigningLedger> ledger() const {
    const std::string path = ledger_path();
    if (!os::exists(path)) return SigningLedger{};
    return parse_signing_ledger(TRY(os::read_file(path, signing_ledger_bytes_max)), seconds_now());
  }

  [[nodiscard]] Status append(std::string_view line) const {
    const Fd file = TRY(os::open_file(ledger_path(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600));
    return os::write_all(file.get(), line);
  }

  // Before the key is used: what fails counts as well.
  [[nodiscard]] Status count_attempt() const {
    const Fd lock = TRY(os::lock_file(ledger_path() + ".lock"));
    const auto so_far = TRY(ledger());
    TRY_STATUS(check_signing_rate(so_far));
    return append(attempt_line(seconds_now()));
  }

  [[nodiscard]] Status check_parents(const CommitPayload& commit) const {
    if (commit.parents.empty()) {
      if (scene_.description.base.find_first_not_of('0') == std::string::npos) return {};
      return fail("sign the commit", "it has no parent, and the repository has commits");
    }
    const auto signed_here = TRY(ledger());
    std::string unknown;
    for (const auto& parent : commit.parents)
      if (!signed_here.commits.contains(parent)) unknown += parent + '\n';
    if (unknown.empty()) return {};
    const auto quarantine = TRY(git::open_quarantine(os::join(scene_.description.directory, "quarantine.git")));
    git::Invocation look{.git_dir = quarantine.git_dir,
                         .arguments = {"cat-file", "--batch-check=%(objecttype)"},
                         .object_directory = {},
                         .reach = {},
                         .index_file = {}};
    look.reach.read_only = quarantine.object_stores;
    const auto types = TRY(git::GitRunner(git::find_git(), git::landlock_confiner()).output_of(look, unknown));
    for (const auto type : split(trim(types), '\n'))
      if (type != "commit")
        return fail("sign the commit", "the host does not know what it builds on",
                    "push first (git push), or commit with --no-gpg-sign");
    return {};
  }

  [[nodiscard]] Result<std::string> sign(std::string_view payload) const {
    const auto& signing = scene_.description.signing;
    os::Command command;
    const std::string program = expanded(scene_, signing.program);
    command.argv = {program.starts_with('/') ? program : os::find_on_path(program, path_of(scene_))};
    if (command.argv[0].empty()) return fail("sign the commit", "the host has no program '" + program + "'");
    std::string key_file = expanded(scene_, signing.key);
    Fd key;
    if (const auto literal = literal_ssh_key(signing.key); signing.format == SigningFormat::ssh && !literal.empty()) {
      key = TRY(os::sealed_memory("key.pub", std::string(literal) + '\n'));
      command.extra_fds = {{key.get(), key_fd}};
      key_file = "/proc/self/fd/" + std::to_string(key_fd);
    }
    for (auto& argument : signing_arguments(signing, key_file)) command.argv.push_back(std::move(argument));
    command.environment = scene_.environment;
    command.directory = "/";
    auto output = TRY(os::run(command, payload, signing_time_max, signature_bytes_max));
    if (output.exit_status != 0) {
      const auto words = trim(output.err);
      const auto line = words.substr(words.rfind('\n') == std::string_view::npos ? 0 : words.rfind('\n') + 1);
      return fail("sign the commit", "the host's " + std::string(os::base_name(command.argv[0])) +
                                         " failed: " + visible(line.substr(0, 200)));
    }
    if (!is_signature(signing.format, output.out))
      return fail("sign the commit", "the host's program made no signature");
    return std::move(output.out);
  }

  [[nodiscard]] approval::Request question(const CommitPayload& commit) const {
    const auto subject = commit.message.substr(0, std::min(commit.message.find('\n'), std::size_t{200}));
    return {.kind = "commit-signature",
            .title = "sign a commit of the session with the user's key",
            .tier = 3,
            .context = {{"key", visible(event_.key)}, {"tree", commit.tree}},
            .from_agent = {{"subject", std::string(subject)}},
            .risk = "the commit counts as the user's own wherever the key is trusted",
            .view = {},
            .remember = "commit-signature " + visible(event_.key),
            .action = {}};
  }

  const Scene& scene_;
  Event& event_;
};

}  // namespace

Status serve_signing(const Scene& scene, SigningFormat wanted) {
  Event event{.act = Act::commit_sign};
  const auto payload = scene.client.read_to_end({.bytes_max = commit_payload_bytes_max});
  const auto signature =
      payload ? Signing(scene, event).run(*payload, wanted) : Result<std::string>(std::unexpected(payload.error()));
  std::string words;
  if (!signature) {
    event.reason = signature.error().why;
    words = event.reason + (signature.error().remedy.empty() ? "" : "; " + signature.error().remedy);
  }
  scene.supervisor.report(event);
  return signature ? answer_ok(scene.client, *signature) : answer_refused(scene.client, words);
}

}  // namespace bailey::broker
