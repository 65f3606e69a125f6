#include "workspace/packed_refs.h"

#include "base/text.h"

namespace bailey::workspace {
namespace {

bool is_directory_of(std::string_view directory, std::string_view name) {
  return name.size() > directory.size() && name.starts_with(directory) && name[directory.size()] == '/';
}

void append(std::string& text, std::string_view name, const git::Oid& oid) {
  text += oid.hex();
  text += ' ';
  text += name;
  text += '\n';
}

}  // namespace

Result<std::string> packed_refs_text(const std::vector<git::Ref>& refs, std::string_view branch,
                                     const git::Oid& start) {
  constexpr std::size_t line_bytes_guess = 80;
  std::string text;
  text.reserve((refs.size() + 2) * line_bytes_guess);
  // Without "peeled": git then looks at a tag's object itself when it needs to know.
  text = "# pack-refs with: sorted \n";
  bool pending = !branch.empty() && !start.is_zero();
  for (const auto& ref : refs) {
    if (!branch.empty() && (is_directory_of(branch, ref.name) || is_directory_of(ref.name, branch)))
      return fail("branch '" + visible(branch) + "'", "cannot exist beside '" + visible(ref.name) + "'",
                  "choose another name with -b, or rename that branch: git branch -m");
    if (pending && ref.name >= branch) {
      append(text, branch, start);
      pending = false;
    }
    if (ref.name != branch) append(text, ref.name, ref.oid);
  }
  if (pending) append(text, branch, start);
  return text;
}

}  // namespace bailey::workspace
