// packed-refs: "HEX SP NAME LF" lines, "^HEX LF" for what the tag above points at, "#" comments.
// gitrepository-layout(5).
#include <algorithm>

#include "base/text.h"
#include "git/ref_name.h"
#include "git/refs.h"

namespace bailey::git {

Result<std::vector<Ref>> parse_packed_refs(std::string_view text, ObjectFormat format) {
  const std::size_t digits = hex_digits(format);
  std::vector<Ref> refs;
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return fail("packed-refs", "the last line is cut off");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.starts_with('#')) continue;
    const bool peeled = line.starts_with('^');
    const auto oid = Oid::parse(line.substr(peeled ? 1 : 0, digits), format);
    const auto rest = line.size() > digits ? line.substr(digits + (peeled ? 1 : 0)) : std::string_view();
    if (!oid || (peeled ? !rest.empty() : !rest.starts_with(' ')))
      return fail("packed-refs line " + std::to_string(line_number), "malformed");
    if (peeled) continue;
    if (refs.size() == refs_max) return fail("packed-refs", "more than " + std::to_string(refs_max) + " refs");
    // A name that git would refuse can't be used by anyone: left out, as git does with a warning.
    if (const auto name = rest.substr(1); check_ref_name(name) && !oid->is_zero())
      refs.push_back({std::string(name), *oid});
  }
  if (!std::is_sorted(refs.begin(), refs.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; }))
    std::sort(refs.begin(), refs.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; });
  return refs;
}

}  // namespace bailey::git
