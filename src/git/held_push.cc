#include "git/held_push.h"

#include <sys/random.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "git/publish_decision.h"
#include "git/ref_name.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t id_bytes = 16;
constexpr json::ReadLimits held_limits{.bytes_max = std::size_t{64} << 20,
                                       .depth_max = 8,
                                       .members_max = publish_commands_max,
                                       .values_max = 8 * publish_commands_max};

bool is_id(std::string_view id) {
  return id.size() == 2 * id_bytes && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string file_of(const std::string& quarantine, std::string_view id) {
  return os::join(quarantine, "held/" + std::string(id) + ".json");
}

std::unexpected<Error> damaged(std::string why) { return fail("read a held push", std::move(why)); }

// An object name, or nothing for an empty text.
Result<Oid> oid_of(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  const auto* text = member == nullptr ? nullptr : member->as_string();
  if (text == nullptr) return damaged("an object name is missing");
  if (text->empty()) return Oid();
  const auto oid = Oid::parse(*text);
  if (!oid) return damaged("an object name is malformed");
  return *oid;
}

Result<std::string> text_of(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  const auto* text = member == nullptr ? nullptr : member->as_string();
  if (text == nullptr) return damaged("'" + std::string(key) + "' is missing");
  return *text;
}

// How many of the refs one command line takes. git compares each ref that is pushed with each that the remote has, so
// the fewer pushes the better.
std::size_t refs_of_one_push(std::span<const HeldRef> refs) {
  constexpr std::size_t fixed_bytes = 160;  // of two arguments: object names, an option's name, pointers
  const std::size_t bytes_max = RemoteRunner::argument_bytes_max();
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < refs.size() && (count == 0 || bytes + 2 * refs[count].ref.size() + fixed_bytes <= bytes_max))
    bytes += 2 * refs[count++].ref.size() + fixed_bytes;
  return count;
}

std::vector<std::string> push_arguments(std::span<const HeldRef> refs) {
  std::vector<std::string> arguments = {"push", "--porcelain", "--no-verify", "--no-recurse-submodules", "--progress"};
  for (const auto& held : refs) arguments.push_back("--force-with-lease=" + held.ref + ":" + held.old_oid.hex());
  arguments.emplace_back(remote_argument);
  for (const auto& held : refs) arguments.push_back(held.new_oid.hex() + ":" + held.ref);
  return arguments;
}

}  // namespace

Result<std::string> new_held_id() {
  std::string bytes(id_bytes, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return fail_errno("getrandom");
  return to_hex(bytes);
}

std::string held_prefix(std::string_view id) { return "refs/bailey/held/" + std::string(id) + "/"; }

Status save_held(const std::string& quarantine, const HeldPush& held) {
  json::Array refs;
  for (const auto& ref : held.refs)
    refs.push_back(json::Object{{"ref", ref.ref}, {"old", ref.old_oid.hex()}, {"new", ref.new_oid.hex()}});
  const json::Object value{{"remote", held.remote}, {"refs", std::move(refs)}};
  TRY_STATUS(os::make_directories(os::join(quarantine, "held")));
  return os::write_file_atomic(file_of(quarantine, held.id), TRY(json::write_exact(value)));
}

Result<HeldPush> load_held(const std::string& quarantine, std::string_view id) {
  if (!is_id(id)) return damaged("its number is malformed");
  const auto text = TRY(os::read_file(file_of(quarantine, id)));
  const auto value = TRY(json::read(text, "held push", held_limits));
  HeldPush held{.id = std::string(id), .remote = TRY(text_of(value, "remote")), .refs = {}};
  const auto* refs = value.find("refs");
  if (refs == nullptr || refs->as_array() == nullptr) return damaged("its refs are missing");
  for (const auto& each : *refs->as_array()) {
    HeldRef ref{TRY(text_of(each, "ref")), TRY(oid_of(each, "old")), TRY(oid_of(each, "new"))};
    TRY_STATUS(check_ref_name(ref.ref));
    held.refs.push_back(std::move(ref));
  }
  return held;
}

Status drop_held(const std::string& quarantine, std::string_view id) {
  if (!is_id(id)) return damaged("its number is malformed");
  TRY_STATUS(os::remove_tree(os::join(quarantine, held_prefix(id).substr(0, held_prefix(id).size() - 1))));
  return os::remove_tree(file_of(quarantine, id));
}

json::Value held_action(const HeldPush& held) { return json::Object{{"held", held.id}, {"remote", held.remote}}; }

Result<HeldPush> held_of_action(const std::string& quarantine, const json::Value& action) {
  return load_held(quarantine, TRY(text_of(action, "held")));
}

std::size_t PushOutcome::taken() const {
  return static_cast<std::size_t>(
      std::count_if(refusals.begin(), refusals.end(), [](const std::string& text) { return text.empty(); }));
}

std::optional<PorcelainLine> parse_porcelain(std::string_view line) {
  // "<flag>\t<from>:<to>\t<summary> (<reason>)"
  if (line.size() < 4 || line[1] != '\t' || std::string_view(" +-*!=").find(line[0]) == std::string_view::npos)
    return std::nullopt;
  const auto end = line.find('\t', 2);
  const auto names = line.substr(2, end == std::string_view::npos ? end : end - 2);
  const auto colon = names.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  PorcelainLine result{std::string(names.substr(colon + 1)), {}};
  if (line[0] != '!') return result;
  auto why = end == std::string_view::npos ? std::string_view() : trim(line.substr(end + 1));
  if (const auto open = why.find(" ("); open != std::string_view::npos && why.ends_with(')'))
    why = why.substr(open + 2, why.size() - open - 3);
  if (why == "stale info") why = "the remote has moved since; fetch and push again";
  result.refusal = why.empty() ? "rejected by the remote" : visible(why);
  return result;
}

Result<PushOutcome> publish(const RemoteRunner& remote, const HeldPush& held, const RemoteRunner::OnLine& on_line) {
  PushOutcome outcome;
  const std::span<const HeldRef> all(held.refs);
  for (std::size_t at = 0; at < all.size();) {
    const auto refs = all.subspan(at, refs_of_one_push(all.subspan(at)));
    const auto output = remote.run(push_arguments(refs), {}, on_line);
    std::map<std::string, std::string, std::less<>> answers;
    if (output)
      for (const auto line : split(output->out, '\n'))
        if (auto parsed = parse_porcelain(line)) answers.insert_or_assign(parsed->ref, parsed->refusal);
    // Nothing about any ref: the connection failed. Earlier batches have had their answer.
    const bool is_silent = !output || (output->exit_status != 0 && answers.empty());
    if (is_silent && at == 0)
      return std::unexpected(output ? remote_failure("push to " + remote.remote().title(), *output) : output.error());
    for (const auto& ref : refs) {
      const auto found = answers.find(ref.ref);
      if (found != answers.end()) outcome.refusals.push_back(found->second);
      else outcome.refusals.emplace_back(output && output->exit_status == 0 ? "" : "the remote did not answer for it");
    }
    at += refs.size();
  }
  return outcome;
}

}  // namespace bailey::git
