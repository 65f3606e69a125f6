# What the gateway decides, as values: no sockets, no event loop, no processes.
bailey_room(gateway_values
  SOURCES address.cc authority.cc host_name.cc path_glob.cc rule_index.cc network_policy.cc network_policy_json.cc
          plan_rules.cc refusal.cc
  DEPS policy json base archive::idn2)
bailey_room_test(gateway_values_test
  SOURCES address_test.cc host_name_test.cc path_glob_test.cc network_policy_test.cc network_policy_json_test.cc
          plan_rules_test.cc refusal_test.cc
  DEPS gateway_values rapidcheck)
