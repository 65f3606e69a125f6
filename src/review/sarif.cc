#include <cstdint>
#include <cstdio>
#include <map>

#include "base/text.h"
#include "review/hidden_text.h"
#include "review/render.h"

namespace bailey::review {
namespace {

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::notice:
      break;
  }
  return "note";
}

// Security severity as code scanning services read it: a number of CVSS's scale.
std::string_view score_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return "9.5";
    case Severity::high:
      return "8.0";
    case Severity::warning:
      return "5.0";
    case Severity::notice:
      break;
  }
  return "2.0";
}

json::Value text_message(std::string text) {
  json::Value message;
  message.set("text", std::move(text));
  return message;
}

// FNV-1a: tells the same finding of two runs from others; not against somebody who wants two to look alike.
std::string fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

// RFC 3986: everything but unreserved characters and the slash is percent-encoded.
std::string uri_of(std::string_view path) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string uri;
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) uri += c;
    else uri += '%' + to_hex(std::string_view(&c, 1));
  }
  return uri;
}

json::Value location_of(const Finding& finding) {
  json::Value artifact;
  artifact.set("uri", uri_of(finding.path));
  artifact.set("uriBaseId", "SRCROOT");
  json::Value physical;
  physical.set("artifactLocation", std::move(artifact));
  if (finding.line > 0) {
    json::Value region;
    region.set("startLine", finding.line);
    if (!finding.excerpt.empty()) region.set("snippet", text_message(finding.excerpt));
    physical.set("region", std::move(region));
  }
  json::Value location;
  location.set("physicalLocation", std::move(physical));
  return location;
}

json::Value result_of(const Finding& finding, int rule) {
  json::Value result;
  result.set("ruleId", finding.rule_id);
  result.set("ruleIndex", rule);
  result.set("level", level_of(finding.severity));
  result.set("message", text_message(revealed(finding.why) + " Look: " + revealed(finding.how_to_look_closer)));
  // SARIF 3.27.12: no location when the result concerns none.
  if (!finding.path.empty()) result.set("locations", json::Array{location_of(finding)});
  json::Value prints;
  prints.set("bailey/v1", fingerprint(finding.rule_id + '\n' + finding.path + '\n' + finding.excerpt));
  result.set("partialFingerprints", std::move(prints));
  json::Value properties;
  properties.set("severity", to_string(finding.severity));
  properties.set("commit", finding.commit.hex());
  properties.set("place", finding.place == Place::tip ? "tip" : "history");
  properties.set("autoExecuting", finding.auto_executing == AutoExecuting::yes);
  result.set("properties", std::move(properties));
  return result;
}

json::Value rule_of(const Finding& finding) {
  json::Value rule;
  rule.set("id", finding.rule_id);
  rule.set("shortDescription", text_message(finding.rule_id));
  json::Value properties;
  properties.set("security-severity", score_of(finding.severity));
  properties.set("tags", json::Array{json::Value("security")});
  rule.set("properties", std::move(properties));
  return rule;
}

}  // namespace

json::Value to_sarif(const Review& review, std::string_view version) {
  json::Array rules;
  json::Array results;
  std::map<std::string, int> index;
  for (const auto& finding : review.findings) {
    const auto [rule, is_new] = index.emplace(finding.rule_id, static_cast<int>(rules.size()));
    if (is_new) rules.push_back(rule_of(finding));
    results.push_back(result_of(finding, rule->second));
  }
  json::Value driver;
  driver.set("name", "bailey");
  driver.set("version", version);
  driver.set("rules", std::move(rules));
  json::Value tool;
  tool.set("driver", std::move(driver));
  json::Value run;
  run.set("tool", std::move(tool));
  json::Value provenance;
  // Which repository it is only the reader knows: SARIF wants an absolute address here.
  provenance.set("repositoryUri", "file:///");
  provenance.set("revisionId", review.tip.hex());
  run.set("versionControlProvenance", json::Array{provenance});
  run.set("columnKind", "utf16CodeUnits");
  run.set("results", std::move(results));
  json::Value log;
  log.set("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  log.set("version", "2.1.0");
  log.set("runs", json::Array{run});
  return log;
}

}  // namespace bailey::review
