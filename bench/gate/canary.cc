// gate-canary SECRETS MEGABYTES: how fast a body is searched for that many secrets, the way the gateway does it, in
// pieces of a network's size. Half of the body is random bytes, half is text in lines. Prints one JSON object.
#include "gateway/canary.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace bailey;

constexpr std::size_t piece_bytes = 16 << 10;
constexpr std::size_t line_bytes = 80;

std::string letters(std::mt19937_64& random, std::size_t count) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string text;
  while (text.size() < count) text += alphabet[random() % alphabet.size()];
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::mt19937_64 random(1);
  credentials::Keep keep;
  for (int i = 0; i < std::atoi(argv[1]); ++i)
    keep.secrets.push_back({.id = "s" + std::to_string(i),
                            .value = credentials::SecretText("sk-lab-" + letters(random, 40)),
                            .placeholder = "sk-lab-" + letters(random, 40),
                            .hosts = {},
                            .methods = {},
                            .paths = {},
                            .uses = {}});
  const gateway::CanarySet set(keep);
  std::string body = letters(random, std::strtoull(argv[2], nullptr, 10) << 20);
  for (std::size_t i = 0; i < body.size() / 2; ++i) body[i] = static_cast<char>(random());
  for (std::size_t i = body.size() / 2; i < body.size(); i += line_bytes) body[i] = '\n';
  gateway::Canary canary(set);
  bool is_found = false;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < body.size(); at += piece_bytes)
    is_found = is_found || canary.feed(std::string_view(body).substr(at, piece_bytes)).has_value();
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  std::printf("{\"seconds\":%.6f,\"megabytes\":%.1f,\"found\":%s}\n", spent.count(),
              static_cast<double>(body.size()) / 1e6, is_found ? "true" : "false");
}
