// For tests: the first flight of a TLS client as bytes, made by hand so that it can be anything.
#pragma once

#include <string>
#include <string_view>

namespace bailey::gateway::lab {

inline std::string u16(std::size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }

enum class EncryptedHello { absent, present };

// An empty name: no server_name extension.
inline std::string client_hello(std::string_view name, EncryptedHello encrypted = EncryptedHello::absent) {
  std::string extensions;
  if (!name.empty()) {
    const std::string entry = std::string(1, '\0') + u16(name.size()) + std::string(name);
    const std::string list = u16(entry.size()) + entry;
    extensions += u16(0) + u16(list.size()) + list;
  }
  extensions += u16(43) + u16(3) + std::string("\x02\x03\x04", 3);  // supported_versions: TLS 1.3
  if (encrypted == EncryptedHello::present) {
    const std::string body(32, '\x01');
    extensions += u16(0xfe0d) + u16(body.size()) + body;
  }
  std::string hello = "\x03\x03" + std::string(32, 'r') + std::string(1, '\0') + u16(2) + "\x13\x01" +
                      std::string("\x01\0", 2) + u16(extensions.size()) + extensions;
  hello = std::string("\x01\0", 2) + u16(hello.size()) + hello;
  return std::string("\x16\x03\x01", 3) + u16(hello.size()) + hello;
}

}  // namespace bailey::gateway::lab
