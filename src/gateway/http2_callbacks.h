// nghttp2's callbacks of Http2Session, and the provider of bodies. Internal.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

namespace bailey::gateway {

// The same for every session; user_data is the Http2Session.
[[nodiscard]] const nghttp2_session_callbacks* http2_callbacks();
// Source: the Http2Stream.
[[nodiscard]] ssize_t read_http2_body(nghttp2_session* session, std::int32_t id, std::uint8_t* buffer, std::size_t size,
                                      std::uint32_t* flags, nghttp2_data_source* source, void* user_data);

}  // namespace bailey::gateway
