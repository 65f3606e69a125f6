#include "gateway/aws_signature.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/digest.h"
#include "base/text.h"

namespace bailey::gateway {
namespace {

const AwsKey key{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
const std::string no_body = to_hex(sha256(""));
const std::string some_signature(64, 'a');

// The example of "Create a signed AWS API request" in the IAM User Guide, signed by the client with another key.
RequestHead list_users() {
  RequestHead head;
  head.method = "GET";
  head.path = "/?Action=ListUsers&Version=2010-05-08";
  head.fields = {{"Host", "iam.amazonaws.com"},
                 {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                 {"X-Amz-Date", "20150830T123600Z"},
                 {"Authorization",
                  "AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20150830/us-east-1/iam/aws4_request, "
                  "SignedHeaders=content-type;host;x-amz-date, Signature=" +
                      some_signature}};
  return head;
}

std::string authorization(const RequestHead& head) { return find_field(head.fields, "authorization")->value; }

TEST(AwsSignature, ThePublishedExampleOfIamComesOut) {
  auto head = list_users();
  ASSERT_EQ(stated_payload_hash(head), no_body);
  ASSERT_TRUE(sign_anew(head, key, no_body));
  EXPECT_EQ(authorization(head),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
            "SignedHeaders=content-type;host;x-amz-date, "
            "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

// "Example: GET Object" of the S3 API Reference.
TEST(AwsSignature, ThePublishedExampleOfS3ComesOut) {
  RequestHead head;
  head.method = "GET";
  head.path = "/test.txt";
  head.fields = {{"Host", "examplebucket.s3.amazonaws.com"},
                 {"Range", "bytes=0-9"},
                 {"x-amz-content-sha256", no_body},
                 {"x-amz-date", "20130524T000000Z"},
                 {"Authorization",
                  "AWS4-HMAC-SHA256 Credential=PLACEHOLDER/20130524/us-east-1/s3/aws4_request,"
                  "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=" +
                      some_signature}};
  ASSERT_TRUE(sign_anew(head, {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                        *stated_payload_hash(head)));
  EXPECT_TRUE(authorization(head).ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
      << authorization(head);
}

TEST(AwsSignature, WhatIsSignedIsTheRequestAsItLeaves) {
  auto one = list_users();
  auto other = list_users();
  other.path += "&X=1";
  ASSERT_TRUE(sign_anew(one, key, no_body));
  ASSERT_TRUE(sign_anew(other, key, no_body));
  EXPECT_NE(authorization(one), authorization(other));
}

TEST(AwsSignature, WhatCantBeSignedAnewIsLeftAsItWasAndExplained) {
  const auto refused = [](const std::function<void(RequestHead&)>& change, std::string_view hash = no_body) {
    auto head = list_users();
    change(head);
    const auto before = authorization(head);
    const bool is_refused = !sign_anew(head, key, hash);
    EXPECT_TRUE(!is_refused || authorization(head) == before);
    return is_refused;
  };
  const auto with = [](std::string text) { return [text](RequestHead& head) { head.fields.back().value = text; }; };
  EXPECT_FALSE(refused([](RequestHead&) {}));
  EXPECT_TRUE(refused([](RequestHead&) {}, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
  EXPECT_FALSE(refused([](RequestHead&) {}, "UNSIGNED-PAYLOAD"));
  EXPECT_TRUE(refused([](RequestHead&) {}, "anything"));
  EXPECT_TRUE(refused([](RequestHead& head) { head.fields.erase(head.fields.begin() + 2); })) << "no date";
  EXPECT_TRUE(refused([](RequestHead& head) { head.fields[2].value = "20150831T000000Z"; })) << "another day";
  EXPECT_TRUE(refused([](RequestHead& head) { head.fields.erase(head.fields.begin() + 1); }))
      << "a signed header is gone";
  EXPECT_TRUE(refused([](RequestHead& head) { head.path = "/a/../b"; }));
  const std::string scope = "AWS4-HMAC-SHA256 Credential=X/20150830/us-east-1/iam/aws4_request, ";
  const std::string rest = ", Signature=" + some_signature;
  EXPECT_FALSE(refused(with(scope + "SignedHeaders=host;x-amz-date" + rest)));
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=x-amz-date" + rest))) << "no host";
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=x-amz-date;host" + rest))) << "out of order";
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=authorization;host" + rest)));
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=host;x-amz-date")));
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=host" + rest + ", More=1")));
  EXPECT_TRUE(refused(with(scope + "SignedHeaders=host, SignedHeaders=host" + rest)));
  EXPECT_TRUE(refused(with("AWS4-HMAC-SHA256 Credential=X/20150830/us-east-1/iam/aws3, SignedHeaders=host" + rest)));
  EXPECT_TRUE(
      refused(with("AWS4-HMAC-SHA256 Credential=X/20150830/us east/iam/aws4_request, SignedHeaders=host" + rest)));
  EXPECT_TRUE(
      refused(with("AWS4-ECDSA-P256-SHA256 Credential=X/20150830/iam/aws4_request, SignedHeaders=host" + rest)));
  EXPECT_TRUE(refused(with("Bearer x")));
  EXPECT_TRUE(refused(with("AWS4-HMAC-SHA256")));
}

TEST(AwsSignature, TheHashOfABodyIsStatedOrHasToBeComputed) {
  auto head = list_users();
  head.content_length = 5;
  EXPECT_EQ(stated_payload_hash(head), std::nullopt);
  head.fields.push_back({"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"});
  EXPECT_EQ(stated_payload_hash(head), "UNSIGNED-PAYLOAD");
  EXPECT_EQ(aws_key_of("ID:se:cret").secret, "se:cret");
}

}  // namespace
}  // namespace bailey::gateway
