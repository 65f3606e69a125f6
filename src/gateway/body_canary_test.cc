#include "gateway/body_canary.h"

#include <gtest/gtest.h>

#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

const std::string placeholder = "sk-fakeFAKEfakeFAKEfakeFAKE";
const std::string value = "sk-realREALrealREALrealREAL";

enum class Packing { gzip, zlib, raw };

std::string packed(const std::string& text, Packing packing) {
  z_stream stream{};
  const int bits = packing == Packing::gzip ? 31 : packing == Packing::zlib ? 15 : -15;
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string result(::deflateBound(&stream, text.size()) + 64, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  result.resize(stream.total_out);
  ::deflateEnd(&stream);
  return result;
}

struct BodyCanaryTest : testing::Test {
  credentials::Keep keep = lab::one_secret(value, placeholder);
  CanarySet set{keep};

  std::optional<BodyFinding> feed(const std::string& body, const HttpFields& fields, std::size_t piece = 7) {
    BodyCanary canary(set, LookFor::anything, fields);
    for (std::size_t at = 0; at < body.size(); at += piece)
      if (auto finding = canary.feed(std::string_view(body).substr(at, piece))) return finding;
    return canary.finish();
  }
  static bool is_sighting(const std::optional<BodyFinding>& finding) { return finding && finding->sighting; }
  static bool is_problem(const std::optional<BodyFinding>& finding) { return finding && !finding->sighting; }
};

TEST_F(BodyCanaryTest, PackedBodiesAreSearched) {
  const std::string harmless = "{\"key\":\"nothing of ours\"}";
  const std::string text = "{\"key\":\"" + placeholder + "\"}";
  const std::pair<Packing, const char*> packings[] = {
      {Packing::gzip, "gzip"}, {Packing::gzip, "X-GZIP"}, {Packing::zlib, "deflate"}, {Packing::raw, "deflate"}};
  for (const auto& [packing, name] : packings) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      EXPECT_TRUE(is_sighting(feed(packed(text, packing), {{"Content-Encoding", name}}, piece))) << name;
      EXPECT_FALSE(feed(packed(harmless, packing), {{"Content-Encoding", name}}, piece)) << name;
    }
  }
  const std::string second = packed(harmless, Packing::gzip) + packed(text, Packing::gzip);
  EXPECT_TRUE(is_sighting(feed(second, {{"Content-Encoding", "gzip"}}))) << "the second member";
}

TEST_F(BodyCanaryTest, AFileThatBeginsLikeGzipIsUnpackedWithoutBeingAsked) {
  const std::string file = packed("text " + placeholder, Packing::gzip);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{1000}})
    EXPECT_TRUE(is_sighting(feed(file, {}, piece)));
  EXPECT_FALSE(feed(packed("text", Packing::gzip), {}));
  EXPECT_FALSE(feed("\x1f\x8b\x08 but no gzip at all", {})) << "nothing is wrong with it";
}

TEST_F(BodyCanaryTest, WhatCantBeSearchedIsAProblem) {
  for (const char* const coding : {"br", "zstd", "compress", "gzip, gzip", "gzip,br", "aes128gcm"})
    EXPECT_TRUE(is_problem(feed("x", {{"Content-Encoding", coding}}))) << coding;
  EXPECT_TRUE(is_problem(feed("x", {{"Content-Encoding", "gzip"}, {"content-encoding", "gzip"}})));
  EXPECT_TRUE(is_problem(feed("not gzip", {{"Content-Encoding", "gzip"}})));
  const std::string whole = packed(std::string(1000, 'x'), Packing::gzip);
  EXPECT_TRUE(is_problem(feed(whole.substr(0, whole.size() / 2), {{"Content-Encoding", "gzip"}})));
  EXPECT_FALSE(feed("x", {{"Content-Encoding", "identity"}}));
}

TEST_F(BodyCanaryTest, ABombIsNotUnpackedForEver) {
  const std::string one = packed(std::string(std::size_t{16} << 20, '\0'), Packing::gzip);
  std::string bomb;
  for (std::uint64_t bytes = 0; bytes <= inflated_bytes_max; bytes += std::uint64_t{16} << 20) bomb += one;
  EXPECT_TRUE(is_problem(feed(bomb, {{"Content-Encoding", "gzip"}}, 4096)));
}

}  // namespace
}  // namespace bailey::gateway
