#include "gateway/asked_name.h"

#include <algorithm>
#include <charconv>

#include "gateway/local_name.h"

namespace bailey::gateway {
namespace {

using Labels = std::vector<std::string>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || is_digit(c); }

Labels lower_labels(const DnsName& name) {
  Labels lower;
  for (const std::string_view label : name.labels()) {
    std::string& copy = lower.emplace_back(label);
    for (char& c : copy)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool is_host_label(const std::string& label) {
  return is_letter_or_digit(label.front()) && is_letter_or_digit(label.back()) &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_service_label(const std::string& label) {
  return label.size() > 1 && label.front() == '_' &&
         std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

// "1", "0x7f": programs take a name that ends like this for an address (WHATWG URL, inet_aton(3)).
bool is_number(const std::string& label) {
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  return label.starts_with("0x") &&
         std::all_of(label.begin() + 2, label.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string joined(const Labels& labels, std::size_t first) {
  std::string text;
  for (std::size_t i = first; i < labels.size(); ++i) {
    if (i > first) text += '.';
    text += labels[i];
  }
  return text;
}

std::optional<IpAddress> reverse_v4(const Labels& labels) {
  if (labels.size() != 6) return std::nullopt;
  IpAddress address{.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, .is_v4 = true};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string& label = labels[3 - i];
    std::uint8_t& byte = address.bytes[12 + i];
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), byte);
    if (error != std::errc() || end != label.data() + label.size() || (label.size() > 1 && label[0] == '0'))
      return std::nullopt;
  }
  return address;
}

std::optional<IpAddress> reverse_v6(const Labels& labels) {
  if (labels.size() != 34) return std::nullopt;
  IpAddress address;
  for (std::size_t i = 0; i < 32; ++i) {
    const std::string& label = labels[31 - i];
    std::uint8_t nibble = 0;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), nibble, 16);
    if (label.size() != 1 || error != std::errc() || end != label.data() + 1) return std::nullopt;
    address.bytes[i / 2] = static_cast<std::uint8_t>(address.bytes[i / 2] << 4 | nibble);
  }
  return address;
}

std::optional<IpAddress> reverse_address(const Labels& labels) {
  if (labels.size() < 2) return std::nullopt;
  const std::string& family = labels[labels.size() - 2];
  if (family == "in-addr") return reverse_v4(labels);
  if (family == "ip6") return reverse_v6(labels);
  return std::nullopt;
}

NameKind kind_of_host(const Labels& labels, std::size_t first) {
  if (first == labels.size() || is_number(labels.back())) return NameKind::no_host;
  if (!std::all_of(labels.begin() + static_cast<std::ptrdiff_t>(first), labels.end(), is_host_label))
    return NameKind::no_host;
  return is_local_name(joined(labels, first)) ? NameKind::local_only : NameKind::internet;
}

}  // namespace

AskedName classify_name(const DnsName& name, RrType type) {
  AskedName asked{.text = name.to_text()};
  const Labels labels = lower_labels(name);
  if (labels.empty()) {
    asked.kind = NameKind::root;
  } else if (labels.back() == "arpa") {
    asked.kind = NameKind::reverse;
    asked.address = reverse_address(labels);
  } else if (labels.back() == "localhost") {
    asked.kind = NameKind::localhost;
  } else {
    std::size_t first = 0;
    if (type != RrType::a && type != RrType::aaaa)
      while (first < labels.size() && is_service_label(labels[first])) ++first;
    asked.kind = kind_of_host(labels, first);
    if (asked.kind != NameKind::no_host) asked.host = joined(labels, first);
  }
  return asked;
}

}  // namespace bailey::gateway
