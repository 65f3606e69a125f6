#include "sandbox/bpf_evaluator.h"

#include <cstddef>
#include <cstring>

namespace bailey::sandbox {
namespace {

bool holds(std::uint16_t operation, std::uint32_t accumulator, std::uint32_t k) {
  switch (BPF_OP(operation)) {
    case BPF_JEQ:
      return accumulator == k;
    case BPF_JGT:
      return accumulator > k;
    case BPF_JGE:
      return accumulator >= k;
    case BPF_JSET:
      return (accumulator & k) != 0;
    default:
      return false;
  }
}

}  // namespace

std::optional<std::uint32_t> evaluate(std::span<const sock_filter> program, const seccomp_data& call) {
  std::uint32_t accumulator = 0;
  std::size_t at = 0;
  while (at < program.size()) {
    const sock_filter& now = program[at++];
    switch (now.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (now.k % sizeof accumulator != 0 || now.k + sizeof accumulator > sizeof call) return std::nullopt;
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&call) + now.k, sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= now.k;
        break;
      case BPF_RET | BPF_K:
        return now.k;
      case BPF_JMP | BPF_JA:
        at += now.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
      case BPF_JMP | BPF_JGT | BPF_K:
      case BPF_JMP | BPF_JGE | BPF_K:
      case BPF_JMP | BPF_JSET | BPF_K:
        at += holds(now.code, accumulator, now.k) ? now.jt : now.jf;
        break;
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace bailey::sandbox
