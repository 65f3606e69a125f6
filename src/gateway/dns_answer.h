// What the gateway answers to a query. Nothing is ever asked of another server for it.
//
//   allowed name   A, AAAA: its synthetic address. ANY: HINFO (RFC 8482). Everything else: exists, but no such record
//                  (so HTTPS and SVCB carry no keys for an encrypted ClientHello)
//   other name     NXDOMAIN with a short-lived SOA, so that a program fails at once and asks again after a change of
//   the
//                  policy; the reason as an extended error (RFC 8914)
//   localhost      127.0.0.1 and ::1 (RFC 6761)
//   reverse        the name that a synthetic address was given to
//   single labels, .local, .internal and the like: NXDOMAIN unless a rule of their own allows them. In mode allow_all
//                  the host's search list or mDNS would otherwise lead into the host's network
//
// Pure but for the name table, which gives a new name its addresses. What is no host name is refused before the policy
// is asked.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "gateway/dns_query.h"
#include "gateway/name_table.h"
#include "gateway/network_policy.h"
#include "gateway/observer.h"

namespace bailey::gateway {

inline constexpr std::uint32_t answer_ttl_seconds = 60;
inline constexpr std::uint32_t negative_ttl_seconds = 1;     // `bailey allow` must be felt at once
inline constexpr std::string_view rule_default = "default";  // what Verdict::rule says when no rule matched

using DecideName = std::function<Verdict(std::string_view host)>;

struct DnsAnswer {
  Message response;
  std::optional<Observation> observation;  // the same for every repetition: what is told is up to dns_log.h
};

// That it does not exist, and why.
[[nodiscard]] Message no_such_name(const Query& query, std::string_view why);

[[nodiscard]] DnsAnswer answer(const Query& query, const DecideName& decide, NameTable& names);

}  // namespace bailey::gateway
