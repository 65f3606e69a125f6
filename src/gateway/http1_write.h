// Heads of HTTP/1 messages as bytes. Whatever the values came from, nothing in them can end a line or add a field: a
// method, name, value or target that could is an error, and nothing is written.
#pragma once

#include <string>

#include "base/result.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {

// Of a request `path` is the target, or `authority` for CONNECT (origin form: the absolute form ends at the gateway).
// Only `fields` are written, Host and framing among them: is_chunked and content_length are for the reader.
[[nodiscard]] Result<std::string> write_head(const RequestHead& head);
[[nodiscard]] Result<std::string> write_head(const ResponseHead& head);

}  // namespace bailey::gateway
