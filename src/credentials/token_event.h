// Events about tokens: category "credential", action token_minted, token_refreshed or token_revoked. Never a value.
#pragma once

#include <string_view>

#include "audit/event.h"
#include "credentials/minted.h"
#include "credentials/token_order.h"

namespace bailey::credentials {

// The id of the [[token]], who makes it and where, and how it went: "ok" or why not.
[[nodiscard]] audit::Event token_event(audit::Name action, std::string_view id, const TokenIssuer& issuer,
                                       const Status& result);

}  // namespace bailey::credentials
