#include "git/push_request.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

// Everything a client may ask for, because it was advertised. atomic, push-options, push-cert and filters were not.
constexpr std::array<std::string_view, 5> known = {"report-status", "side-band-64k", "delete-refs", "ofs-delta",
                                                   "quiet"};
constexpr std::array<std::string_view, 3> known_with_value = {"agent=", "object-format=", "session-id="};

bool has(const PushRequest& request, std::string_view capability) {
  return std::find(request.capabilities.begin(), request.capabilities.end(), capability) != request.capabilities.end();
}

bool is_known(std::string_view capability) {
  return std::find(known.begin(), known.end(), capability) != known.end() ||
         std::any_of(known_with_value.begin(), known_with_value.end(),
                     [&](std::string_view prefix) { return capability.starts_with(prefix); });
}

std::unexpected<Error> malformed(const char* why) { return fail("push request", why); }

Status take_capabilities(PushRequest& request, std::string_view list) {
  if (list.size() > push_capabilities_bytes_max) return malformed("the capability list is too long");
  for (const auto word : split(trim(list), ' '))
    if (!word.empty()) request.capabilities.emplace_back(word);
  return {};
}

Result<PushCommand> parse_command(std::string_view line, ObjectFormat format) {
  const std::size_t digits = hex_digits(format);
  if (line.size() < 2 * digits + 3) return malformed("a command line is too short");
  const auto old_oid = Oid::parse(line.substr(0, digits), format);
  const auto new_oid = Oid::parse(line.substr(digits + 1, digits), format);
  const auto ref = line.substr(2 * digits + 2);
  if (!old_oid || !new_oid || line[digits] != ' ' || line[2 * digits + 1] != ' ')
    return malformed("a command line is not 'OLD NEW REF'");
  if (ref.size() > ref_name_bytes_max) return malformed("a ref name is too long");
  if (ref.find_first_of(std::string_view("\0\n", 2)) != std::string_view::npos)
    return malformed("a ref name has a NUL or a newline");
  return PushCommand{*old_oid, *new_oid, std::string(ref)};
}

PushDecision deny(std::string reason, std::vector<std::string> advice) {
  return {PushVerdict::deny, std::move(reason), std::move(advice)};
}

// Why another ref than the session's branch is refused, by what it is.
std::string other_ref_reason(std::string_view ref) {
  if (ref.starts_with("refs/tags/")) return "tags are not accepted from a session";
  if (ref.starts_with("refs/notes/")) return "notes are not accepted from a session";
  if (ref.starts_with("refs/heads/")) return "not this session's branch";
  return "only this session's branch is accepted";
}

PushDecision decide_command(const PushCommand& command, const PushFacts& facts, const std::string& how) {
  const std::string ours = branch_ref(facts.branch);
  if (command.ref != ours) return deny(other_ref_reason(command.ref), {how});
  if (command.new_oid.is_zero())
    return deny(
        "deleting the session's branch is not allowed",
        {"To undo work, commit a revert or reset the branch and push it with --force; the old commits are kept.", how});
  if (command.old_oid != facts.current)
    return deny("the branch has moved since", {"Another push came first. `git fetch local` and try again."});
  return {PushVerdict::allow, "the session's own branch", {}};
}

}  // namespace

Reporting PushRequest::reporting() const {
  return has(*this, "report-status") ? Reporting::report_status : Reporting::none;
}
Framing PushRequest::framing() const { return has(*this, "side-band-64k") ? Framing::side_band : Framing::plain; }

Result<PushRequest> parse_push_request(std::span<const std::string> lines, ObjectFormat format,
                                       std::size_t commands_max) {
  if (lines.size() > commands_max + push_shallows_max) return malformed("too many lines");
  PushRequest request;
  bool first = true;  // the first line that is no shallow line carries the capabilities
  for (const auto& raw : lines) {
    std::string_view line = raw;
    if (line.starts_with("shallow ")) {
      const auto oid = Oid::parse(trim(line.substr(8)), format);
      if (!oid || oid->is_zero()) return malformed("a shallow line is malformed");
      if (request.shallows.size() == push_shallows_max) return malformed("too many shallow lines");
      request.shallows.push_back(*oid);
      continue;
    }
    if (first) {
      const auto nul = line.find('\0');
      if (nul != std::string_view::npos) TRY_STATUS(take_capabilities(request, line.substr(nul + 1)));
      line = line.substr(0, nul);
      first = false;
    }
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line == "push-cert") {
      request.has_certificate = true;
      return request;
    }
    if (request.commands.size() == commands_max) return malformed("too many refs in one push");
    request.commands.push_back(TRY(parse_command(line, format)));
  }
  return request;
}

std::optional<PushDecision> refuse_capabilities(const PushRequest& request, ObjectFormat format) {
  if (request.has_certificate) return deny("signed pushes are not accepted", {"Push without --signed."});
  for (const auto& capability : request.capabilities) {
    if (capability.starts_with("push-options")) return deny("push options are not accepted", {"Push without -o."});
    if (capability == "atomic") return deny("atomic pushes are not accepted", {"Push without --atomic."});
    if (!is_known(capability)) return deny("unknown capability '" + visible(capability.substr(0, 40)) + "'", {});
    if (capability.starts_with("object-format=") && capability.substr(14) != name_of(format))
      return deny("the repository uses another object format", {"It is " + std::string(name_of(format)) + '.'});
  }
  return std::nullopt;
}

PushDecision decide_push(const PushRequest& request, const PushFacts& facts) {
  const std::string how = "This session may push to one ref only: git push local HEAD:" + branch_ref(facts.branch);
  if (auto refused = refuse_capabilities(request, facts.format)) {
    refused->advice.push_back(how);
    return *std::move(refused);
  }
  for (const auto& oid : request.shallows)
    if (std::find(facts.known_shallow.begin(), facts.known_shallow.end(), oid) == facts.known_shallow.end())
      return deny("the history is cut off at a commit that the host has in full",
                  {"Push from a clone that is not shallow, or shallow at the same commits as the host's.", how});
  if (request.commands.empty()) return deny("nothing to do", {});
  if (request.commands.size() > 1)
    return deny("one ref at a time", {"Tags and other branches stay in the sandbox.", how});
  return decide_command(request.commands.front(), facts, how);
}

Result<std::uint32_t> pack_object_count(std::string_view header) {
  if (header.size() < pack_header_bytes || !header.starts_with("PACK")) return fail("pack", "no pack header");
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(header[at + i]);
    return value;
  };
  if (word(4) != 2 && word(4) != 3) return fail("pack", "unknown version " + std::to_string(word(4)));
  return word(8);
}

std::string push_capabilities(ObjectFormat format) {
  return "report-status side-band-64k delete-refs ofs-delta quiet object-format=" + std::string(name_of(format)) +
         " agent=bailey";
}

}  // namespace bailey::git
