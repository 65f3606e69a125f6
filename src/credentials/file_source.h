// Secrets in files of the user's home directory: file:PATH, file:PATH#/json/pointer, file:PATH#key (TOML, or a line
// NAME=value).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "credentials/read_source.h"
#include "json/value.h"
#include "toml/node.h"

namespace bailey::credentials {

inline constexpr std::size_t source_file_bytes_max = std::size_t{1} << 20;

[[nodiscard]] ReadSecret read_file_source(const std::string& path, const std::string& selector,
                                          const SourceContext& context);

// RFC 6901. nullptr: nothing is there.
[[nodiscard]] json::Value* find_pointer(json::Value& root, std::string_view pointer);
// "table.sub.key"; keys with a dot in them can't be named.
[[nodiscard]] toml::Node* find_key(toml::Node& root, std::string_view key);

// Why `path` can't be read: where, and as what. A parser's own words may quote what it read.
[[nodiscard]] Error unreadable(const std::string& path, std::string_view format, const Error& parser);

// Overwrites every string in it.
void wipe(json::Value& value);
void wipe(toml::Node& node);

}  // namespace bailey::credentials
