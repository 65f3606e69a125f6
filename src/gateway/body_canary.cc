#include "gateway/body_canary.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view gzip_magic = "\x1f\x8b\x08";

}  // namespace

BodyCanary::BodyCanary(const CanarySet& set, LookFor what, const HttpFields& fields)
    : raw_(set, what), unpacked_(set, what) {
  std::string coding;
  for (const auto& field : fields) {
    if (!is_named(field, "content-encoding") || equals_ignoring_case(field.value, "identity")) continue;
    if (!coding.empty()) coding += ", ";
    coding += to_lower_ascii(field.value);
  }
  if (coding.empty()) return;
  is_declared_ = is_begun_ = true;
  if (coding == "gzip" || coding == "x-gzip") unpacker_ = make_unpacker(Packing::gzip);
  else if (coding == "deflate") unpacker_ = make_unpacker(Packing::deflate);
  else if (coding == "zstd") unpacker_ = make_unpacker(Packing::zstd);
  else problem_ = "a body in this Content-Encoding can't be searched for secrets: send it as it is, or with gzip";
}

std::optional<BodyFinding> BodyCanary::feed(std::string_view bytes) {
  if (!problem_.empty()) return BodyFinding{{}, problem_};
  if (auto sighting = raw_.feed(bytes)) return BodyFinding{sighting, {}};
  if (is_begun_) return unpack(bytes);
  const std::size_t had = beginning_.size();
  beginning_.append(bytes.substr(0, gzip_magic.size() - had));
  if (beginning_.size() < gzip_magic.size()) return std::nullopt;
  is_begun_ = true;
  if (beginning_ != gzip_magic) return std::nullopt;
  unpacker_ = make_unpacker(Packing::gzip);
  // What came in pieces so small that the first of them is gone already is put back.
  if (had > 0)
    if (auto finding = unpack(gzip_magic.substr(0, had))) return finding;
  return unpack(bytes);
}

std::optional<BodyFinding> BodyCanary::unpack(std::string_view bytes) {
  if (!unpacker_) return std::nullopt;
  std::optional<Sighting> sighting;
  const auto status = unpacker_->feed(bytes, [&](std::string_view unpacked) {
    sighting = unpacked_.feed(unpacked);
    return !sighting;
  });
  if (sighting) return BodyFinding{sighting, {}};
  if (status) return std::nullopt;
  if (is_declared_) return BodyFinding{{}, "a packed body that can't be searched for secrets: " + status.error().why};
  unpacker_.reset();
  return std::nullopt;
}

std::optional<BodyFinding> BodyCanary::finish() const {
  if (!is_declared_ || !unpacker_) return std::nullopt;
  if (const auto status = unpacker_->finish(); !status)
    return BodyFinding{{}, "a packed body that can't be searched for secrets: " + status.error().why};
  return std::nullopt;
}

}  // namespace bailey::gateway
