// AWS requests signed anew with the real key: Signature Version 4, as the service computes it. Pure.
//
// How it works. The sandbox signs with its placeholder key. Of its Authorization header only the scope (date, region,
// service) and the list of signed headers are kept; the canonical request is made from the request as it leaves, and
// signed with the real key. Headers that the client listed stay listed.
//
// What it does not do: presigned URLs (the signature is in the query), SigV4A, and bodies that are signed chunk by
// chunk (STREAMING-…): they are refused in words. Follows "Signature Version 4 signing process" of AWS's General
// Reference.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gateway/http1_head.h"

namespace bailey::gateway {

struct AwsKey {
  std::string_view id;
  std::string_view secret;
};
// Of "ID:SECRET".
[[nodiscard]] AwsKey aws_key_of(std::string_view both);

// The hash of the body as the request states it (x-amz-content-sha256), or that of no body; nullopt: it has to be
// computed from the body.
[[nodiscard]] std::optional<std::string> stated_payload_hash(const RequestHead& head);

// Replaces the Authorization field, whose credential is of another key. An error says what about the request can't be
// signed anew; the head is as it was.
[[nodiscard]] Status sign_anew(RequestHead& head, const AwsKey& key, std::string_view payload_hash);

}  // namespace bailey::gateway
