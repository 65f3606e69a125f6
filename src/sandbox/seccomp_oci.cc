#include "sandbox/seccomp_oci.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "json/read.h"

namespace bailey::sandbox {
namespace {

constexpr unsigned argument_index_max = 5;
constexpr std::string_view docker_remedy =
    "use the format of the OCI runtime specification; Docker's own format (archMap, includes, excludes) must be "
    "resolved";

#if defined(__x86_64__)
constexpr std::string_view native_architecture = "SCMP_ARCH_X86_64";
#else
constexpr std::string_view native_architecture = "SCMP_ARCH_AARCH64";
#endif

// Seven words each, as it happens.
template <typename T>
using Table = std::array<std::pair<std::string_view, T>, 7>;

constexpr Table<OciAction> actions = {{
    {"SCMP_ACT_ALLOW", OciAction::allow},
    {"SCMP_ACT_ERRNO", OciAction::fail_with_errno},
    {"SCMP_ACT_KILL", OciAction::kill_thread},
    {"SCMP_ACT_KILL_THREAD", OciAction::kill_thread},
    {"SCMP_ACT_TRAP", OciAction::trap},
    {"SCMP_ACT_KILL_PROCESS", OciAction::kill_process},
    {"SCMP_ACT_LOG", OciAction::log},
}};
constexpr Table<OciOperator> operators = {{
    {"SCMP_CMP_NE", OciOperator::not_equal},
    {"SCMP_CMP_LT", OciOperator::less},
    {"SCMP_CMP_LE", OciOperator::less_or_equal},
    {"SCMP_CMP_EQ", OciOperator::equal},
    {"SCMP_CMP_GT", OciOperator::greater},
    {"SCMP_CMP_GE", OciOperator::greater_or_equal},
    {"SCMP_CMP_MASKED_EQ", OciOperator::masked_equal},
}};

// One profile's text with its name, so that every complaint says where.
class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<OciProfile> profile(const json::Value& value) {
    TRY_STATUS(only(value, "the profile",
                    {"defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata",
                     "syscalls"}));
    OciProfile result;
    result.default_action = TRY(named(value, "defaultAction", actions));
    result.default_error = TRY(error_number(value, "defaultErrnoRet", result.default_action));
    TRY_STATUS(architectures(value));
    TRY_STATUS(nothing_unsupported(value));
    if (const json::Value* rules = value.find("syscalls")) {
      if (rules->as_array() == nullptr)
        return complain("syscalls is " + std::string(rules->kind()), "make it an array");
      if (rules->as_array()->size() > oci_rules_max) return complain("syscalls has too many rules", "at most 1024");
      for (const json::Value& rule : *rules->as_array()) result.rules.push_back(TRY(this->rule(rule)));
    }
    return result;
  }

 private:
  std::unexpected<Error> complain(std::string why, std::string_view remedy) const {
    return fail("read the seccomp profile '" + visible(name_) + "'", std::move(why), std::string(remedy));
  }

  Status only(const json::Value& value, std::string_view what, std::initializer_list<std::string_view> known) const {
    if (value.as_object() == nullptr)
      return complain(std::string(what) + " is " + std::string(value.kind()), "make it an object");
    for (const auto& [key, member] : *value.as_object())
      if (std::find(known.begin(), known.end(), key) == known.end())
        return complain("unknown member '" + visible(key) + "' in " + std::string(what), docker_remedy);
    return {};
  }

  template <typename T>
  Result<T> named(const json::Value& object, const char* key, const Table<T>& names) const {
    const json::Value* value = object.find(key);
    const std::string* text = value == nullptr ? nullptr : value->as_string();
    if (text == nullptr) return complain(std::string(key) + " is missing or no string", docker_remedy);
    for (const auto& [word, meaning] : names)
      if (word == *text) return meaning;
    return complain(std::string(key) + " '" + visible(*text) + "' is not supported", docker_remedy);
  }

  Result<std::uint64_t> number(const json::Value& object, const char* key, std::uint64_t otherwise,
                               std::uint64_t max) const {
    const json::Value* value = object.find(key);
    if (value == nullptr) return otherwise;
    const auto whole = value->as_uint();
    if (!whole || *whole > max)
      return complain(std::string(key) + " is no whole number from 0 to " + std::to_string(max), docker_remedy);
    return *whole;
  }

  Result<unsigned> error_number(const json::Value& object, const char* key, OciAction action) const {
    if (object.find(key) != nullptr && action != OciAction::fail_with_errno)
      return complain(std::string(key) + " without SCMP_ACT_ERRNO has no meaning", "remove it");
    return static_cast<unsigned>(TRY(number(object, key, EPERM, oci_errno_max)));
  }

  Status architectures(const json::Value& profile) const {
    const json::Value* value = profile.find("architectures");
    if (value == nullptr) return {};  // the specification: the native one
    if (value->as_array() != nullptr)
      for (const json::Value& each : *value->as_array())
        if (each.as_string() != nullptr && *each.as_string() == native_architecture) return {};
    return complain("architectures does not list " + std::string(native_architecture),
                    "add it: calls of other architectures are refused in any case");
  }

  Status nothing_unsupported(const json::Value& profile) const {
    if (const json::Value* flags = profile.find("flags"); flags != nullptr)
      if (flags->as_array() == nullptr || !flags->as_array()->empty())
        return complain("flags are not supported", "remove them: bailey decides how the filter is installed");
    for (const char* key : {"listenerPath", "listenerMetadata"})
      if (profile.find(key) != nullptr) return complain(std::string(key) + " is not supported", "remove it");
    return {};
  }

  Result<OciRule> rule(const json::Value& value) {
    TRY_STATUS(only(value, "a rule of syscalls", {"names", "action", "errnoRet", "args"}));
    OciRule result;
    const json::Value* names = value.find("names");
    if (names == nullptr || names->as_array() == nullptr || names->as_array()->empty())
      return complain("names of a rule is missing, empty or no array", docker_remedy);
    for (const json::Value& each : *names->as_array()) {
      if (each.as_string() == nullptr) return complain("a system call's name is " + std::string(each.kind()), "");
      if (++names_read_ > oci_names_max) return complain("too many system calls", "at most 4096 names in all");
      result.names.push_back(*each.as_string());
    }
    result.action = TRY(named(value, "action", actions));
    result.error = TRY(error_number(value, "errnoRet", result.action));
    if (const json::Value* arguments = value.find("args"); arguments != nullptr && !arguments->is_null()) {
      if (arguments->as_array() == nullptr) return complain("args of a rule is no array", docker_remedy);
      for (const json::Value& each : *arguments->as_array()) result.arguments.push_back(TRY(argument(each, result)));
    }
    return result;
  }

  Result<OciArgument> argument(const json::Value& value, const OciRule& rule) const {
    TRY_STATUS(only(value, "args of a rule", {"index", "value", "valueTwo", "op"}));
    if (value.find("index") == nullptr || value.find("value") == nullptr)
      return complain("an argument needs index and value", docker_remedy);
    OciArgument result;
    result.index = static_cast<unsigned>(TRY(number(value, "index", 0, argument_index_max)));
    result.value = TRY(number(value, "value", 0, UINT64_MAX));
    result.value_two = TRY(number(value, "valueTwo", 0, UINT64_MAX));
    result.op = TRY(named(value, "op", operators));
    for (const OciArgument& earlier : rule.arguments)
      if (earlier.index == result.index)
        return complain("a rule compares argument " + std::to_string(result.index) + " of " +
                            visible(rule.names.front()) + " twice",
                        "write one rule for each comparison if either is meant to be enough");
    return result;
  }

  std::string_view name_;
  std::size_t names_read_ = 0;
};

}  // namespace

Result<OciProfile> parse_oci_profile(std::string_view text, std::string_view name) {
  const json::Value value = TRY(json::read(text, name));
  return Reader(name).profile(value);
}

}  // namespace bailey::sandbox
