// What the gateway takes as a query, and what it says about everything else.
//
// Dropped without an answer: what is shorter than a header, and every response (answering one would make two servers
// talk for ever). NOTIMP: an opcode other than QUERY. FORMERR: not exactly one question (RFC 9619), records besides
// one OPT, compressed names, TC set, a pseudo-type asked for, bytes behind the end. BADVERS: EDNS beyond version 0.
// REFUSED: a class other than IN (version.bind), zone transfers and other meta-types. Bits that must be zero and are
// not, and EDNS options, are ignored, as the RFCs say.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "gateway/dns_message.h"

namespace bailey::gateway {

struct Query {
  std::uint16_t id = 0;
  bool recursion_desired = false;
  bool checking_disabled = false;
  Question question;
  std::optional<Edns> edns;
};

struct NoQuery {
  std::optional<Message> response;  // nullopt: say nothing
};

[[nodiscard]] std::expected<Query, NoQuery> parse_query(std::string_view bytes);

// The frame of an answer: same id and question, RA set; EDNS if the query had it.
[[nodiscard]] Message response_to(const Query& query, Rcode rcode);

// RFC 8914 section 4.
enum class ExtendedError : std::uint16_t { other = 0, blocked = 15, prohibited = 18 };
inline constexpr std::size_t extended_error_text_bytes_max = 200;
// Adds the reason in `text` (cut between characters) if the client speaks EDNS.
void explain(Message& response, ExtendedError code, std::string_view text);

// How long a datagram may be that answers this query.
[[nodiscard]] std::size_t udp_answer_bytes_max(const std::optional<Edns>& edns);

}  // namespace bailey::gateway
