// Reading and writing all of something through descriptors that block; interrupted calls go on.
#pragma once

#include <string>
#include <string_view>

namespace bailey::guest {

// Up to `bytes_max`; false: there is more, or it can't be read.
[[nodiscard]] bool read_whole(int fd, std::string& text, std::size_t bytes_max);
[[nodiscard]] bool write_whole(int fd, std::string_view bytes);

}  // namespace bailey::guest
