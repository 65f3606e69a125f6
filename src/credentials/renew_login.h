// Renews a login in the user's own file, so that the host's program and the sessions go on sharing one login.
//
// Refresh tokens are often good for one use. So: one renewal at a time (a lock of ours, which sessions share); whoever
// waited for it reads the file again and mostly finds a good token. The agent's own program on the host knows nothing
// of the lock: the new text replaces the file only if that still holds what was read, else what it wrote stays.
#pragma once

#include <functional>
#include <string>

#include "credentials/http_request.h"
#include "credentials/login_renewal.h"

namespace bailey::credentials {

struct LoginPlace {
  policy::OAuthLogin login;
  std::string path;   // of the file
  std::string locks;  // a directory of ours; made when it is missing
};

using SendRequest = std::function<Result<HttpAnswer>(const HttpRequest& request)>;
// A token that is still good is only read (`kept`); `none`: nobody is logged in. An error: it should have been renewed
// and could not be.
[[nodiscard]] Result<Minted> keep_login(const LoginPlace& place, const SendRequest& send,
                                        const std::function<UnixSeconds()>& now);

}  // namespace bailey::credentials
