#include "toml/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace bailey::toml {
namespace {

constexpr std::size_t reason_bytes_max = 240;

std::unexpected<Error> fail_at(const Position& position, std::string why) {
  return fail(to_string(position), std::move(why));
}

Position at_offset(const std::shared_ptr<const std::string>& file, std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto newline = before.rfind('\n');
  const auto column = newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return {file, static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
          static_cast<std::uint32_t>(column + 1)};
}

// What must be known before the library sees the text, for its own safety.
Status check_text(std::string_view text, const std::shared_ptr<const std::string>& file) {
  if (text.size() > text_bytes_max) {
    return fail("read " + *file, fmt::format("larger than {} bytes", text_bytes_max), "split it or remove comments");
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
    return fail_at(at_offset(file, text, nul), "a NUL character");
  }
  std::size_t dots = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') dots = 0;
    if (text[at] == '.' && ++dots > line_dots_max) {
      return fail_at(at_offset(file, text, at), fmt::format("more than {} dots on a line", line_dots_max));
    }
  }
  if (!is_utf8(text)) return fail("read " + *file, "the text is not UTF-8");
  return {};
}

// Copies the library's tree into ours.
class Copier {
 public:
  explicit Copier(std::shared_ptr<const std::string> file) : file_(std::move(file)) {}

  Result<Node> copy(const ::toml::node& from, std::size_t depth) {
    Node node{.data = {}, .position = position(from.source())};
    if (depth > depth_max) return fail_at(node.position, fmt::format("nested deeper than {} levels", depth_max));
    if (++nodes_ > nodes_max) return fail_at(node.position, fmt::format("more than {} values", nodes_max));
    if (const auto* boolean = from.as_boolean()) {
      node.data = boolean->get();
    } else if (const auto* whole = from.as_integer()) {
      node.data = whole->get();
    } else if (const auto* number = from.as_floating_point()) {
      node.data = number->get();
    } else if (const auto* string = from.as_string()) {
      node.data = string->get();
    } else if (const auto* array = from.as_array()) {
      auto& members = node.data.emplace<Array>();
      for (const auto& member : *array) members.push_back(TRY(copy(member, depth + 1)));
    } else if (const auto* table = from.as_table()) {
      auto& members = node.data.emplace<Table>();
      for (const auto& [key, member] : *table) {
        auto value = TRY(copy(member, depth + 1));
        members.push_back({std::string(key.str()), position(key.source()), std::move(value)});
      }
      // The library sorts by name; errors should come in the order in which people read.
      std::ranges::sort(members, {}, [](const Member& member) {
        return std::tuple(member.position.line, member.position.column, std::string_view(member.key));
      });
    }
    return node;
  }

  [[nodiscard]] Position position(const ::toml::source_region& source) const {
    return {file_, source.begin.line, source.begin.column};
  }

 private:
  std::shared_ptr<const std::string> file_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<Node> parse(std::string_view text, std::string_view file) {
  const auto name = std::make_shared<const std::string>(file);
  TRY_STATUS(check_text(text, name));
  const auto parsed = ::toml::parse(text);
  Copier copier(name);
  if (!parsed) {
    const auto& error = parsed.error();
    return fail_at(copier.position(error.source()), std::string(error.description().substr(0, reason_bytes_max)));
  }
  auto root = TRY(copier.copy(parsed.table(), 0));
  root.position = {name, 1, 1};
  return root;
}

}  // namespace bailey::toml
