bailey_fuzz(host_name_fuzz SOURCE host_name_fuzz.cc DEPS gateway_values)
bailey_fuzz(allowlist_fuzz SOURCE allowlist_fuzz.cc DEPS gateway_values)
bailey_fuzz(network_policy_fuzz SOURCE network_policy_fuzz.cc DEPS gateway_values)
bailey_fuzz(request_path_fuzz SOURCE request_path_fuzz.cc DEPS gateway_values)
