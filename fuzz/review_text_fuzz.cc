// Two texts of an attacker: the lines that are added, and everything that looks at them. A line that only the second
// has is always among them.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "review/added_text.h"
#include "review/inspect.h"
#include "review/line_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::review;
  static const RuleSet rules = RuleSet::compile({}).value();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view names[] = {"package.json", "Cargo.toml",      "package-lock.json",
                                    "Cargo.lock",   "tests/x_test.py", "a.c"};
  const std::string name(names[size == 0 ? 0 : data[0] % std::size(names)]);
  const auto cut = input.find('\xff');
  const std::string_view before[] = {input.substr(0, cut)};
  const std::string_view after = cut == std::string_view::npos ? input : input.substr(cut + 1);
  std::uint64_t steps = 100'000;
  const auto added = AddedText::between(before, after, steps);
  std::set<std::string_view> old_lines;
  for (const auto line : split_lines(before[0])) old_lines.insert(line);
  for (const auto line : split_lines(after))
    if (!old_lines.contains(line) && added.text().find(line) == std::string_view::npos) std::abort();
  const Limits limits;
  Collector out(rules.compiled(), limits);
  const Subject subject{name, name, {}, {}, Place::tip};
  inspect_content(out, subject, after);
  inspect_text(out, subject, added);
  inspect_hidden(out, subject, added);
  inspect_tests(out, subject, added);
  inspect_manifest(out, subject, {before[0], after});
  inspect_lock(out, subject, {before[0], after}, added);
  inspect_link(out, subject, after);
  Review review;
  out.finish(review);
  return 0;
}
