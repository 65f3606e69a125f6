#include "gateway/body_canary.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/release.h"
#include "gateway/keep_test_support.h"

namespace bailey::gateway {
namespace {

const std::string placeholder = "sk-fakeFAKEfakeFAKEfakeFAKE";
const std::string value = "sk-realREALrealREALrealREAL";

enum class Form { gzip, zlib, raw, zstd };

std::string packed_by_zstd(const std::string& text, int window_bits = 0) {
  const std::unique_ptr<ZSTD_CCtx, Release<ZSTD_freeCCtx>> context(::ZSTD_createCCtx());
  if (window_bits != 0) ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window_bits);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  std::string result(::ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer input{text.data(), text.size(), 0};
  ZSTD_outBuffer output{result.data(), result.size(), 0};
  EXPECT_EQ(::ZSTD_compressStream2(context.get(), &output, &input, ZSTD_e_end), 0U);
  result.resize(output.pos);
  return result;
}

std::string packed(const std::string& text, Form form) {
  if (form == Form::zstd) return packed_by_zstd(text);
  z_stream stream{};
  const int bits = form == Form::gzip ? 31 : form == Form::zlib ? 15 : -15;
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
  const std::pair<Form, const char*> forms[] = {{Form::gzip, "gzip"},
                                                {Form::gzip, "X-GZIP"},
                                                {Form::zlib, "deflate"},
                                                {Form::raw, "deflate"},
                                                {Form::zstd, "zstd"}};
  for (const auto& [form, name] : forms) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
      EXPECT_TRUE(is_sighting(feed(packed(text, form), {{"Content-Encoding", name}}, piece))) << name;
      EXPECT_FALSE(feed(packed(harmless, form), {{"Content-Encoding", name}}, piece)) << name;
    }
  }
  const std::string second = packed(harmless, Form::gzip) + packed(text, Form::gzip);
  EXPECT_TRUE(is_sighting(feed(second, {{"Content-Encoding", "gzip"}}))) << "the second member";
  const std::string frame = packed(harmless, Form::zstd) + packed(text, Form::zstd);
  EXPECT_TRUE(is_sighting(feed(frame, {{"Content-Encoding", "zstd"}}))) << "the second frame";
  const std::string skipped = std::string("\x50\x2a\x4d\x18", 4) + std::string("\x04\0\0\0skip", 8);
  EXPECT_TRUE(is_sighting(feed(skipped + packed(text, Form::zstd), {{"Content-Encoding", "zstd"}})));
}

TEST_F(BodyCanaryTest, AFileThatBeginsLikeGzipIsUnpackedWithoutBeingAsked) {
  const std::string file = packed("text " + placeholder, Form::gzip);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{1000}})
    EXPECT_TRUE(is_sighting(feed(file, {}, piece)));
  EXPECT_FALSE(feed(packed("text", Form::gzip), {}));
  EXPECT_FALSE(feed("\x1f\x8b\x08 but no gzip at all", {})) << "nothing is wrong with it";
}

TEST_F(BodyCanaryTest, WhatCantBeSearchedIsAProblem) {
  for (const char* const coding : {"br", "compress", "gzip, gzip", "gzip,br", "aes128gcm"})
    EXPECT_TRUE(is_problem(feed("x", {{"Content-Encoding", coding}}))) << coding;
  EXPECT_TRUE(is_problem(feed("x", {{"Content-Encoding", "gzip"}, {"content-encoding", "gzip"}})));
  EXPECT_TRUE(is_problem(feed("not gzip", {{"Content-Encoding", "gzip"}})));
  const std::string whole = packed(std::string(1000, 'x'), Form::gzip);
  EXPECT_TRUE(is_problem(feed(whole.substr(0, whole.size() / 2), {{"Content-Encoding", "gzip"}})));
  EXPECT_TRUE(is_problem(feed("no zstd", {{"Content-Encoding", "zstd"}})));
  const std::string frame = packed(std::string(1000, 'x'), Form::zstd);
  EXPECT_TRUE(is_problem(feed(frame.substr(0, frame.size() - 1), {{"Content-Encoding", "zstd"}})));
  EXPECT_FALSE(feed(frame, {{"Content-Encoding", "zstd"}})) << "control";
  const std::string wide = packed_by_zstd(std::string(std::size_t{9} << 20, 'x'), 24);
  EXPECT_TRUE(is_problem(feed(wide, {{"Content-Encoding", "zstd"}}))) << "it asks for a window of 16 MB";
  EXPECT_FALSE(feed("x", {{"Content-Encoding", "identity"}}));
}

TEST_F(BodyCanaryTest, ABombIsNotUnpackedForEver) {
  const std::string one = packed(std::string(std::size_t{16} << 20, '\0'), Form::gzip);
  std::string bomb;
  for (std::uint64_t bytes = 0; bytes <= unpacked_bytes_max; bytes += std::uint64_t{16} << 20) bomb += one;
  EXPECT_TRUE(is_problem(feed(bomb, {{"Content-Encoding", "gzip"}}, 4096)));
  const std::string zeros(static_cast<std::size_t>(unpacked_bytes_max) + 1, '\0');
  EXPECT_TRUE(is_problem(feed(packed_by_zstd(zeros), {{"Content-Encoding", "zstd"}}, 4096)));
}

}  // namespace
}  // namespace bailey::gateway
