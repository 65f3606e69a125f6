#include "toml/write.h"

#include <gtest/gtest.h>

#include "toml/parse.h"

namespace bailey::toml {
namespace {

bool same(const Node& a, const Node& b) {
  if (a.data.index() != b.data.index()) return false;
  if (const auto* list = std::get_if<Array>(&a.data)) {
    const auto& other = std::get<Array>(b.data);
    if (list->size() != other.size()) return false;
    for (std::size_t i = 0; i < list->size(); ++i)
      if (!same((*list)[i], other[i])) return false;
    return true;
  }
  if (const auto* table = std::get_if<Table>(&a.data)) {
    if (table->size() != std::get<Table>(b.data).size()) return false;
    for (const auto& member : *table) {
      const auto* other = b.find(member.key);
      if (other == nullptr || !same(member.value, *other)) return false;
    }
    return true;
  }
  if (const auto* text = std::get_if<std::string>(&a.data)) return *text == std::get<std::string>(b.data);
  if (const auto* whole = std::get_if<std::int64_t>(&a.data)) return *whole == std::get<std::int64_t>(b.data);
  if (const auto* real = std::get_if<double>(&a.data)) return *real == std::get<double>(b.data);
  return std::get<bool>(a.data) == std::get<bool>(b.data);
}

TEST(TomlWrite, ReadsBackAsTheSameValues) {
  const auto* text =
      "a = 1\nb = 'x\"\\\\ y'\nc = true\nd = 1.0\ne = 1e30\n\"odd key.\" = \"\\n\\u007f ü\"\nlist = [1, [2], {k = "
      "'v'}]\n"
      "empty = {}\n[t]\nx = -3\n[t.\"u v\".w]\ny = []\n[[many]]\nn = 1\n[[many]]\nn = 2\n";
  const auto root = parse(text, "c.toml");
  ASSERT_TRUE(root) << to_lines(root.error());
  const auto written = write(*root);
  ASSERT_TRUE(written) << to_lines(written.error());
  const auto again = parse(*written, "again.toml");
  ASSERT_TRUE(again) << to_lines(again.error()) << *written;
  EXPECT_TRUE(same(*root, *again)) << *written;
  EXPECT_EQ(write(*again), *written);
}

TEST(TomlWrite, ATextCannotOpenATable) {
  const auto root = parse("a = \"x\\n[evil]\\ny = 1\"\n", "c.toml");
  const auto written = write(*root);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->find("\n[evil]"), std::string::npos) << *written;
}

TEST(TomlWrite, DatesAreRefused) {
  const auto root = parse("d = 2026-11-24\n", "c.toml");
  ASSERT_TRUE(root);
  EXPECT_FALSE(write(*root));
}

}  // namespace
}  // namespace bailey::toml
