#include "sandbox/seccomp_oci.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cerrno>

#include "sandbox/bpf_assembler.h"
#include "sandbox/bpf_evaluator.h"
#include "sandbox/seccomp_compile.h"
#include "sandbox/seccomp_profile.h"

namespace bailey::sandbox {
namespace {

#if defined(__x86_64__)
constexpr const char* native = "SCMP_ARCH_X86_64";
#else
constexpr const char* native = "SCMP_ARCH_AARCH64";
#endif

Result<SeccompProgram> compile(const std::string& text) {
  const OciProfile profile = TRY(parse_oci_profile(text, "test.json"));
  return compile_oci_profile(profile);
}

std::string error_of_profile(const std::string& text) {
  const auto program = compile(text);
  return program ? "" : to_lines(program.error());
}

std::uint32_t decide(std::span<const sock_filter> program, long number, std::uint64_t first = 0) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = native_audit_arch;
  data.args[0] = first;
  return evaluate(program, data).value_or(0);
}

std::string profile_with(const std::string& rules, const std::string& more = "") {
  return R"({"defaultAction":"SCMP_ACT_ERRNO",)" + more + R"("syscalls":[)" + rules + "]}";
}

TEST(OciProfile, ActionsErrorsAndArgumentsReachTheFilter) {
  const auto program = compile(profile_with(R"(
      {"names":["getpid","read"],"action":"SCMP_ACT_ALLOW"},
      {"names":["write"],"action":"SCMP_ACT_ERRNO","errnoRet":5},
      {"names":["getppid"],"action":"SCMP_ACT_KILL_PROCESS"},
      {"names":["close"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":7,"op":"SCMP_CMP_GE"}]},
      {"names":["dup"],"action":"SCMP_ACT_ALLOW",
       "args":[{"index":0,"value":12,"valueTwo":4,"op":"SCMP_CMP_MASKED_EQ"}]})",
                                            R"("defaultErrnoRet":38,)"));
  ASSERT_TRUE(program) << to_lines(program.error());
  EXPECT_EQ(decide(program->code, SYS_getpid), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program->code, SYS_write), bpf_errno(EIO));
  EXPECT_EQ(decide(program->code, SYS_getppid), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(decide(program->code, SYS_close, 7), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program->code, SYS_close, 6), bpf_errno(ENOSYS));
  EXPECT_EQ(decide(program->code, SYS_dup, 5), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program->code, SYS_dup, 9), bpf_errno(ENOSYS));
  EXPECT_EQ(decide(program->code, SYS_openat), bpf_errno(ENOSYS));
}

// The attack: a profile that allows everything, brought by the user or by whoever talked the user into it.
TEST(OciProfile, AnAllowAllProfileDoesNotLoosenTheFloor) {
  const auto program = compile(R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]})");
  ASSERT_TRUE(program);
  EXPECT_EQ(decide(program->code, SYS_mount), SECCOMP_RET_ALLOW) << "the control: the profile alone allows it";
  const auto joined = with_floor(program->code);
  ASSERT_TRUE(joined);
  EXPECT_EQ(decide(*joined, SYS_mount), bpf_errno(EPERM));
  EXPECT_EQ(decide(*joined, SYS_io_uring_setup), bpf_errno(ENOSYS));
  EXPECT_EQ(decide(*joined, SYS_vmsplice), SECCOMP_RET_ALLOW);
}

TEST(OciProfile, UnknownNamesOfAnAllowListAreSkippedAndListedOnce) {
  const auto program =
      compile(profile_with(R"({"names":["frobnicate","getpid","frobnicate"],"action":"SCMP_ACT_ALLOW"})"));
  ASSERT_TRUE(program);
  EXPECT_EQ(program->ignored, std::vector<std::string>{"frobnicate"});
  EXPECT_EQ(decide(program->code, SYS_getpid), SECCOMP_RET_ALLOW);
}

TEST(OciProfile, AnUnknownNameThatADenyListRefusesIsAnError) {
  const std::string text =
      R"({"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ptracee"],"action":"SCMP_ACT_ERRNO"}]})";
  EXPECT_NE(error_of_profile(text).find("'ptracee', which is unknown here"), std::string::npos);
}

TEST(OciProfile, CallsNewerThanTheLibraryAreKnown) {
  const auto program = compile(profile_with(R"({"names":["fchmodat2","mseal"],"action":"SCMP_ACT_ALLOW"})"));
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->ignored.empty());
  EXPECT_EQ(decide(program->code, 452), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program->code, 462), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program->code, 463), bpf_errno(EPERM));
}

TEST(OciProfile, WhatIsNotImplementedIsAnErrorThatNamesIt) {
  const std::string rule = R"({"names":["read"],"action":"SCMP_ACT_ALLOW"})";
  const std::pair<std::string, const char*> cases[] = {
      {R"({"syscalls":[]})", "defaultAction is missing"},
      {R"({"defaultAction":"SCMP_ACT_NOTIFY"})", "'SCMP_ACT_NOTIFY' is not supported"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","archMap":[]})", "unknown member 'archMap'"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","flags":["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]})", "flags are not supported"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","listenerPath":"/x"})", "listenerPath is not supported"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_S390"]})", "architectures does not list"},
      {R"({"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1})", "without SCMP_ACT_ERRNO"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4096})", "from 0 to 4095"},
      {profile_with(R"({"names":["read"],"action":"SCMP_ACT_TRACE"})"), "'SCMP_ACT_TRACE' is not supported"},
      {profile_with(R"({"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{}})"), "unknown member 'includes'"},
      {profile_with(R"({"names":[],"action":"SCMP_ACT_ALLOW"})"), "names of a rule"},
      {profile_with(
           R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]})"),
       "index is no whole number from 0 to 5"},
      {profile_with(
           R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":-1,"op":"SCMP_CMP_EQ"}]})"),
       "value is no whole number"},
      {profile_with(R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ"}]})"),
       "needs index and value"},
      // runc reads two comparisons of one argument as "or": the opposite of what stands there.
      {profile_with(R"({"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_GE"},
                        {"index":0,"value":9,"op":"SCMP_CMP_LE"}]})"),
       "compares argument 0 of read twice"},
      {"[]", "the profile is an array"},
      {R"({"defaultAction":"SCMP_ACT_ERRNO","defaultAction":"SCMP_ACT_ALLOW"})", "defaultAction"},
  };
  EXPECT_EQ(error_of_profile(profile_with(rule)), "");
  EXPECT_EQ(
      error_of_profile(profile_with(rule, std::string(R"("architectures":["SCMP_ARCH_S390",")") + native + "\"],")),
      "");
  for (const auto& [text, complaint] : cases)
    EXPECT_NE(error_of_profile(text).find(complaint), std::string::npos) << text << "\n" << error_of_profile(text);
}

TEST(OciProfile, SizesAreLimited) {
  std::string rules;
  for (std::size_t i = 0; i <= oci_rules_max; ++i)
    rules += std::string(i == 0 ? "" : ",") + R"({"names":["read"],"action":"SCMP_ACT_ALLOW"})";
  EXPECT_NE(error_of_profile(profile_with(rules)).find("too many rules"), std::string::npos);

  std::string names;
  for (std::size_t i = 0; i <= oci_names_max; ++i) names += std::string(i == 0 ? "" : ",") + R"("read")";
  EXPECT_NE(error_of_profile(profile_with(R"({"names":[)" + names + R"(],"action":"SCMP_ACT_ALLOW"})"))
                .find("too many system calls"),
            std::string::npos);

  // Each pair of comparisons is a branch: together more than the kernel takes.
  std::string many;
  for (int i = 0; i < 900; ++i)
    many += std::string(i == 0 ? "" : ",") + R"({"names":["dup"],"action":"SCMP_ACT_ALLOW","args":[)" +
            R"({"index":0,"value":)" + std::to_string(i * 4294967297) + R"(,"op":"SCMP_CMP_EQ"},)" +
            R"({"index":1,"value":)" + std::to_string(i * 4294967299) + R"(,"op":"SCMP_CMP_EQ"}]})";
  EXPECT_NE(error_of_profile(profile_with(many)).find("too long"), std::string::npos);
}

}  // namespace
}  // namespace bailey::sandbox
