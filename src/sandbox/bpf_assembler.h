// A few readable words for classic BPF as seccomp(2) runs it, usable in constant expressions.
//
// A program reads fields of seccomp_data into the one register, compares and returns. Jumps only go forward, so it
// always ends. Only the operations that Linux can evaluate in advance are used as long as no argument is read: the
// kernel then remembers "always allowed" for a call and skips the filter (seccomp_is_const_allow, Linux 5.11).
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace bailey::sandbox {

static_assert(std::endian::native == std::endian::little, "the low half of an argument is its first four bytes");

#if defined(__x86_64__)
inline constexpr std::uint32_t native_audit_arch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t native_audit_arch = AUDIT_ARCH_AARCH64;
#else
#error "no system call review for this architecture yet"
#endif

inline constexpr std::uint32_t bpf_nr = offsetof(seccomp_data, nr);
inline constexpr std::uint32_t bpf_arch = offsetof(seccomp_data, arch);
// The kernel reads int and unsigned arguments as 32 bits whatever the upper half of the register holds; so must we.
constexpr std::uint32_t bpf_arg_low(std::uint32_t index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + sizeof(std::uint64_t) * index);
}

constexpr std::uint32_t bpf_errno(int error) {
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error) & SECCOMP_RET_DATA);
}

template <std::size_t Capacity>
class BpfAssembler {
 public:
  constexpr void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  constexpr void keep_bits(std::uint32_t mask) { add(BPF_ALU | BPF_AND | BPF_K, mask); }
  constexpr void return_now(std::uint32_t action) { add(BPF_RET | BPF_K, action); }

  constexpr void return_if_equal(std::uint32_t value, std::uint32_t action) { return_if(BPF_JEQ, value, action); }
  constexpr void return_if_at_least(std::uint32_t value, std::uint32_t action) { return_if(BPF_JGE, value, action); }
  constexpr void return_if_above(std::uint32_t value, std::uint32_t action) { return_if(BPF_JGT, value, action); }
  constexpr void return_if_any_bit(std::uint32_t mask, std::uint32_t action) { return_if(BPF_JSET, mask, action); }
  constexpr void return_unless_equal(std::uint32_t value, std::uint32_t action) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    return_now(action);
  }
  constexpr void return_if_between(std::uint32_t first, std::uint32_t last, std::uint32_t action) {
    add(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2);
    add(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0);
    return_now(action);
  }
  // One comparison each and one shared return.
  constexpr void return_if_any(std::initializer_list<std::uint32_t> values, std::uint32_t action) {
    return_if_listed(values, action, 0, 1);
  }
  constexpr void return_unless_any(std::initializer_list<std::uint32_t> values, std::uint32_t action) {
    return_if_listed(values, action, 1, 0);
  }

  // A block that runs only if the register equals `value`. It must return, jump to the end or load again before
  // end_block(): what follows sees whatever the register holds then.
  [[nodiscard]] constexpr std::size_t begin_block_if_equal(std::uint32_t value) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 0);
    return size_ - 1;
  }
  constexpr void end_block(std::size_t begin) { code_[begin].jf = byte(size_ - begin - 1); }
  // Behind the last instruction of the finished program: whatever decides there.
  constexpr void jump_to_end() {
    to_end_[to_end_count_++] = size_;
    add(BPF_JMP | BPF_JA, 0);
  }

  constexpr void finish() {
    for (std::size_t i = 0; i < to_end_count_; ++i)
      code_[to_end_[i]].k = static_cast<std::uint32_t>(size_ - to_end_[i] - 1);
  }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr const std::array<sock_filter, Capacity>& code() const { return code_; }

 private:
  static constexpr std::size_t jumps_to_end_max = 16;

  // In constant expressions an impossible distance does not compile.
  static constexpr std::uint8_t byte(std::size_t distance) {
    if (distance > UINT8_MAX) __builtin_trap();
    return static_cast<std::uint8_t>(distance);
  }
  constexpr void add(std::uint32_t operation, std::uint32_t k, std::size_t jt = 0, std::size_t jf = 0) {
    code_[size_++] = sock_filter{static_cast<std::uint16_t>(operation), byte(jt), byte(jf), k};
  }
  constexpr void return_if(std::uint32_t comparison, std::uint32_t value, std::uint32_t action) {
    add(BPF_JMP | comparison | BPF_K, value, 0, 1);
    return_now(action);
  }
  // `on_match` and `at_the_end` are how many instructions to skip once the list is through: 0 returns, 1 does not.
  constexpr void return_if_listed(std::initializer_list<std::uint32_t> values, std::uint32_t action,
                                  std::size_t on_match, std::size_t at_the_end) {
    std::size_t left = values.size();
    for (const std::uint32_t value : values) {
      --left;
      add(BPF_JMP | BPF_JEQ | BPF_K, value, left + on_match, left == 0 ? at_the_end : 0);
    }
    return_now(action);
  }

  std::array<sock_filter, Capacity> code_{};
  std::size_t size_ = 0;
  std::array<std::size_t, jumps_to_end_max> to_end_{};
  std::size_t to_end_count_ = 0;
};

}  // namespace bailey::sandbox
