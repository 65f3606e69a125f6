// Messages of netlink(7) with nested attributes, as bytes: no sockets here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bailey::sandbox {

class NetlinkWriter {
 public:
  // For nfnetlink: `resource` is the subsystem of a batch's first and last message, else 0. Messages are numbered
  // from 1.
  void begin_message(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource = 0);
  void end_message();

  void bytes(std::uint16_t attribute, std::string_view value);
  void text(std::uint16_t attribute, std::string_view value);  // ends with NUL
  void number(std::uint16_t attribute, std::uint32_t value);   // big-endian, as nfnetlink wants it
  [[nodiscard]] std::size_t open(std::uint16_t attribute);     // a nested attribute; close() takes the returned place
  void close(std::size_t place);
  void raw(std::string_view attributes) { out_ += attributes; }  // already encoded, aligned

  [[nodiscard]] const std::string& out() const { return out_; }

 private:
  void align();

  std::string out_;
  std::size_t message_ = 0;
  std::uint32_t messages_ = 0;
};

}  // namespace bailey::sandbox
