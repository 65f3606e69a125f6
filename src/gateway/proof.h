// What a connection's first bytes prove: that it is for the host it was opened for, and what it speaks.
//
// TLS: the server name of the ClientHello must be the authority's host. Without a name the rule must say so
// (allow_no_sni); an address needs no name. An encrypted ClientHello beside the name could hold another one, and the
// dummy that browsers send (GREASE) can't be told apart: in a tunnel it needs allow_no_sni too. Where the gateway
// itself answers the handshake the outer ClientHello is the only one that counts, so there it is let through. Plain
// HTTP goes to the inspected exchange, where every request's Host is compared. Anything else can't be proved: only
// ports that a rule has named are for that. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/authority.h"
#include "gateway/network_policy.h"

namespace bailey::gateway {

enum class Spoken { need_more, tls, http1, h2c, other, refused };

struct Proof {
  Spoken spoken = Spoken::need_more;
  std::string reason;   // of refused
  bool is_tls = false;  // a refusal must be an alert
  std::uint8_t alert = 0;
};

// TLS alerts, RFC 8446 §6.
inline constexpr std::uint8_t alert_access_denied = 49;
inline constexpr std::uint8_t alert_decode_error = 50;
inline constexpr std::uint8_t alert_unrecognized_name = 112;

// `first_bytes`: all that the client has sent so far.
[[nodiscard]] Proof prove(const Authority& authority, const Verdict& verdict, std::string_view first_bytes);
// Ports where a client speaks first and must prove its host: those of rules that name no port.
[[nodiscard]] bool demands_proof(std::uint16_t port);
// A fatal alert as one record.
[[nodiscard]] std::string tls_alert(std::uint8_t description);

}  // namespace bailey::gateway
