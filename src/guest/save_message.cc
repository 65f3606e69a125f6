#include "guest/save_message.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr std::size_t subject_path_bytes_max = 50;

const char* verb_for(const std::vector<Change>& changes) {
  const auto all = [&](char kind) {
    return std::all_of(changes.begin(), changes.end(), [&](const Change& change) { return change.kind == kind; });
  };
  if (all('A')) return "Add ";
  if (all('D')) return "Remove ";
  return "Update ";
}

// The end of a long path says more than its beginning.
std::string shortened(const std::string& path) {
  std::string shown = visible(path);
  if (shown.size() <= subject_path_bytes_max) return shown;
  std::size_t begin = shown.size() - subject_path_bytes_max;
  while (begin < shown.size() && (static_cast<unsigned char>(shown[begin]) & 0xC0U) == 0x80U) ++begin;
  return "…" + shown.substr(begin);
}

std::string subject_for(const std::vector<Change>& changes) {
  if (changes.empty()) return "Save the work tree";
  std::string subject = verb_for(changes) + shortened(changes.front().path);
  if (changes.size() == 2) subject += " and 1 more file";
  if (changes.size() > 2) subject += " and " + std::to_string(changes.size() - 1) + " more files";
  return subject;
}

std::string line_for(const Change& change) {
  std::string line = std::string(1, change.kind) + ' ' + visible(change.path);
  if (change.added == "-") return line + " (binary)";
  if (!change.added.empty()) line += " (+" + change.added + " -" + change.removed + ')';
  return line;
}

std::string body_for(const std::vector<Change>& changes) {
  std::string body;
  for (std::size_t i = 0; i < std::min(changes.size(), message_lines_max); ++i) body += line_for(changes[i]) + '\n';
  if (changes.size() > message_lines_max)
    body += "… and " + std::to_string(changes.size() - message_lines_max) + " more\n";
  return body;
}

}  // namespace

std::vector<Change> parse_changes(std::string_view text) {
  std::vector<Change> changes;
  std::map<std::string, std::size_t, std::less<>> places;
  const auto fields = split(text, '\0');
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto field = fields[i];
    if (field.starts_with(':') && i + 1 < fields.size()) {  // ":mode mode oid oid KIND", then the path
      const std::string path(fields[++i]);
      places.emplace(path, changes.size());
      changes.push_back({field.back(), path, {}, {}});
      continue;
    }
    const auto tab = field.find('\t');  // "added\tremoved\tpath"
    const auto second = tab == std::string_view::npos ? tab : field.find('\t', tab + 1);
    if (second == std::string_view::npos) continue;
    const auto place = places.find(field.substr(second + 1));
    if (place == places.end()) continue;
    changes[place->second].added = field.substr(0, tab);
    changes[place->second].removed = field.substr(tab + 1, second - tab - 1);
  }
  return changes;
}

std::string save_message(const std::vector<Change>& changes, const Session& session) {
  std::string message = subject_for(changes) + "\n\n";
  message += "Saved by bailey: this is what the session left uncommitted.\n\n";
  if (const std::string body = body_for(changes); !body.empty()) message += body + '\n';
  if (!session.name.empty()) message += "Bailey-Session: " + session.name + '\n';
  if (!session.audit_head.empty()) message += "Bailey-Audit: " + session.audit_head + '\n';
  return message;
}

}  // namespace bailey::guest
