// Publishing by git over a plain HTTP client: what the gateway refuses on every connection that it looks into, because
// the push guard (git/remote_receive.h) is the way, where a human sees what leaves. Pure; follows gitprotocol-http(5)
// and the API of git-lfs. Fetching and cloning pass.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http1_head.h"
#include "gateway/inspection.h"

namespace bailey::gateway {

// Why the request would publish; nullopt: it does not.
[[nodiscard]] std::optional<std::string> publishing_by_git(const RequestHead& head);

// Of a request for large files, whose body says whether it is a download: passes exactly what git-lfs writes for one.
// nullptr: any other request.
[[nodiscard]] std::unique_ptr<BodyScanner> large_files_scanner(const RequestHead& head);

}  // namespace bailey::gateway
