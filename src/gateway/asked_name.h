// What kind of name a question is about, before any policy is asked.
#pragma once

#include <optional>
#include <string>

#include "gateway/address.h"
#include "gateway/dns_message.h"

namespace bailey::gateway {

enum class NameKind {
  root,
  localhost,   // localhost and below (RFC 6761)
  reverse,     // in-addr.arpa, ip6.arpa and everything else below arpa
  no_host,     // no host name: other characters, an underscore, a number where the top-level domain would be
  local_only,  // a single label, or below a domain that does not exist on the internet (.local, .internal, .lan …)
  internet,
};

struct AskedName {
  NameKind kind = NameKind::no_host;
  std::string text;                  // the whole name, lower case, escaped: for the log
  std::string host;                  // internet, local_only: what the policy decides about
  std::optional<IpAddress> address;  // reverse: the address, when it is all there
};

// Underscores are allowed in labels at the front (_dmarc.example.com) unless an address is asked for; the policy then
// decides about what is behind them.
[[nodiscard]] AskedName classify_name(const DnsName& name, RrType type);

}  // namespace bailey::gateway
