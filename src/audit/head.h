// audit.head: a copy of the last durable checkpoint's line, beside the log. It is signed as every checkpoint is; a log
// that does not contain it has been cut.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::audit {

// Nothing when there is none. The text is what the file holds, without a trailing newline.
[[nodiscard]] Result<std::optional<std::string>> read_head(const std::string& session_dir);
// Allocates the room for write_head(), so that it works on a disk that has become full.
[[nodiscard]] Status prepare_head(const std::string& session_dir);
// Durable and atomic: readers see the old or the new head. The log itself must be durable before. Under the log's lock.
[[nodiscard]] Status write_head(const std::string& session_dir, std::string_view line);

}  // namespace bailey::audit
