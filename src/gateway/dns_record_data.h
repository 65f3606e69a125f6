// Where names lie in the data of a record: the types whose names may be compressed (RFC 1035, RFC 3597 section 4).
#pragma once

#include <cstddef>
#include <optional>

#include "gateway/dns_message.h"

namespace bailey::gateway {

struct DataLayout {
  std::size_t bytes_before = 0;
  std::size_t names = 0;
  std::size_t bytes_behind = 0;
  bool may_compress = false;  // by us: only what RFC 1035 itself defined
};

// nullopt: opaque bytes to us. (Obsolete types with names between other fields, NXT or PX, are opaque too.)
[[nodiscard]] inline std::optional<DataLayout> data_layout(RrType type) {
  switch (type) {
    case RrType::ns:
    case RrType::md:
    case RrType::mf:
    case RrType::cname:
    case RrType::mb:
    case RrType::mg:
    case RrType::mr:
    case RrType::ptr:
      return DataLayout{.names = 1, .may_compress = true};
    case RrType::soa:
      return DataLayout{.names = 2, .bytes_behind = 20, .may_compress = true};
    case RrType::minfo:
      return DataLayout{.names = 2, .may_compress = true};
    case RrType::mx:
      return DataLayout{.bytes_before = 2, .names = 1, .may_compress = true};
    case RrType::rp:
      return DataLayout{.names = 2};
    case RrType::afsdb:
    case RrType::rt:
      return DataLayout{.bytes_before = 2, .names = 1};
    case RrType::srv:
      return DataLayout{.bytes_before = 6, .names = 1};
    default:
      return std::nullopt;
  }
}

}  // namespace bailey::gateway
