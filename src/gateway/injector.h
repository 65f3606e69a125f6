// What the keep does to the head of a request, and what it refuses: pure.
//
// How it works. A placeholder that stands where its rule says, in a request over TLS to one of its hosts, with its
// methods and paths, is replaced by the value. Then all that is left of the head is searched: a placeholder (or a
// value) anywhere else is refused. On hosts of a pinned secret a credential of somebody else's, in the place of the
// secret or in a field that holds one at many services (credential_fields.h), is refused too; a request without any
// passes. Responses are to be readable (scrubber.h), so requests to such hosts ask for them unpacked and whole.
//
// What it relies on. The upstream connection of a request with scheme https is TLS to a server whose certificate was
// verified for the authority's host (tls_transport.h): there is no other way to make one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/authority.h"
#include "gateway/http1_head.h"
#include "gateway/keep_index.h"
#include "gateway/observer.h"

namespace bailey::gateway {

struct SecretRefusal {
  Seen what = Seen::secret_misplaced;  // or secret_pinned
  std::uint32_t secret = 0;
  std::string why;  // for the agent: what to do instead; holds no placeholder
};

// A string in a JSON body that may be the secret's placeholder.
struct JsonField {
  std::uint32_t secret = 0;
  std::string pointer;  // RFC 6901
};

struct Injection {
  std::optional<SecretRefusal> refused;  // the head is as it was
  SecretNumbers used;                    // their values are in the head now
  std::vector<JsonField> json_fields;
  std::optional<std::uint32_t> to_sign;  // with this access key: aws_signature.h
  bool is_home = false;                  // some secret may go to this host and port
};

// `head` as it leaves (request_rules.h: to_upstream).
[[nodiscard]] Injection inject(const KeepIndex& keep, const Authority& authority, std::string_view scheme,
                               RequestHead& head);

// Why a placeholder or value at `place` ("the body", "a header") is refused.
[[nodiscard]] SecretRefusal misplaced(const KeepIndex& keep, const Sighting& sighting, std::string_view place);
// `text` for logs and answers; a word in its place when a placeholder or a value is in it.
[[nodiscard]] std::string without_secrets(const KeepIndex& keep, std::string_view text);

}  // namespace bailey::gateway
