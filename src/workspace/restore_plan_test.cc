#include "workspace/restore_plan.h"

#include <gtest/gtest.h>

#include <map>

namespace bailey::workspace {
namespace {

LayerEntry file(std::string hash, std::int64_t ctime = 1, std::int64_t mtime = 1) {
  return {.kind = EntryKind::file,
          .mode = 0644,
          .bytes = 1,
          .mtime_ns = mtime,
          .inode = 7,
          .ctime_ns = ctime,
          .hash = std::move(hash)};
}
LayerEntry directory(EntryKind kind = EntryKind::directory, std::uint32_t mode = 0755) {
  return {.kind = kind, .mode = mode};
}
LayerEntry whiteout() { return {.kind = EntryKind::whiteout}; }
LayerEntry link(std::string target) { return {.kind = EntryKind::link, .target = std::move(target)}; }

// A lower layer from a list.
LowerLayer lower_of(const LayerEntries& entries) {
  return {.find =
              [entries](const std::string& path) {
                const auto found = entries.find(path);
                return found == entries.end() ? std::nullopt : std::optional(found->second);
              },
          .list =
              [entries](const std::string& path) {
                std::vector<std::string> names;
                const std::string prefix = path.empty() ? "" : path + '/';
                for (const auto& [inner, entry] : entries)
                  if (inner.starts_with(prefix) && inner.find('/', prefix.size()) == std::string::npos)
                    names.push_back(inner.substr(prefix.size()));
                return names;
              }};
}

std::string planned(const LayerEntries& then, const LayerEntries& now, const LayerEntries* lower = nullptr,
                    bool same = false) {
  std::string text;
  const auto operations = plan_restore(then, now, lower == nullptr ? LowerLayer{} : lower_of(*lower),
                                       [&](const std::string&, const std::string&) { return same; });
  for (const auto& one : operations)
    text += (text.empty() ? "" : " ") + std::string(1, static_cast<char>(one.operation.kind)) + one.operation.path +
            (one.from == ContentFrom::lower        ? "<lower"
             : one.from == ContentFrom::checkpoint ? "<" + one.hash
                                                   : "");
  return text;
}

TEST(RestorePlan, NothingToDoWhereNothingWasTouched) {
  const LayerEntries then{{"a", file("h")}, {"d", directory()}, {"d/b", file("i")}, {"l", link("x")}};
  EXPECT_EQ(planned(then, then), "");
}

TEST(RestorePlan, NewChangedDeletedAndOfAnotherKind) {
  const LayerEntries then{{"a", file("h")}, {"d", directory()}, {"d/b", file("i")}, {"l", link("x")}};
  EXPECT_EQ(
      planned(then,
              {{"a", file("", 2, 2)}, {"d", directory()}, {"d/b", file("", 1)}, {"l", link("x")}, {"new", file("")}}),
      "Rnew Fa<h");
  EXPECT_EQ(planned(then, {}), "Fa<h Dd Fd/b<i Ll Md");
  EXPECT_EQ(planned(then, {{"a", directory()}, {"a/x", file("")}, {"d", file("")}, {"l", link("y")}}),
            "Ra Rd Fa<h Dd Fd/b<i Ll Md");
  EXPECT_EQ(
      planned(then,
              {{"a", file("h")}, {"d", directory(EntryKind::directory, 0700)}, {"d/b", file("i")}, {"l", link("x")}}),
      "Md");
}

TEST(RestorePlan, TouchedButEqualIsAskedAbout) {
  EXPECT_EQ(planned({{"a", file("h", 1)}}, {{"a", file("", 2)}}, nullptr, true), "");
  EXPECT_EQ(planned({{"a", file("h", 1)}}, {{"a", file("", 2)}}, nullptr, false), "Fa<h");
}

TEST(RestorePlan, OverALowerLayer) {
  const LayerEntries lower{{"a", file("")}, {"d", directory()}, {"d/b", file("")}, {"d/c", file("")}};
  // Deleted since: the lower layer's comes back; changed since: likewise.
  EXPECT_EQ(planned({}, {{"a", whiteout()}}, &lower), "Fa<lower");
  EXPECT_EQ(planned({}, {{"a", file("", 2, 9)}}, &lower), "Fa<lower");
  // Only copied up: nothing to do.
  EXPECT_EQ(planned({}, {{"a", file("", 2)}}, &lower, true), "");
  // A directory that was replaced by a new one.
  EXPECT_EQ(planned({}, {{"d", directory(EntryKind::opaque)}, {"d/new", file("")}}, &lower),
            "Rd/new Fd/b<lower Fd/c<lower");
  EXPECT_EQ(planned({}, {{"d", whiteout()}}, &lower), "Dd Fd/b<lower Fd/c<lower Md");
  // Deleted then.
  EXPECT_EQ(planned({{"a", whiteout()}}, {}, &lower), "Ra");
  EXPECT_EQ(planned({{"d", directory(EntryKind::opaque)}, {"d/x", file("h")}}, {}, &lower), "Rd/b Rd/c Fd/x<h");
  EXPECT_EQ(planned({{"d", directory()}, {"d/b", whiteout()}}, {{"d", directory()}, {"d/c", whiteout()}}, &lower),
            "Rd/b Fd/c<lower");
}

}  // namespace
}  // namespace bailey::workspace
