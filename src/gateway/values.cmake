# What the gateway decides, as values: no sockets, no event loop, no processes.
bailey_room(gateway_values
  SOURCES address.cc authority.cc refusal.cc
  DEPS policy json base)
bailey_room_test(gateway_values_test
  SOURCES address_test.cc refusal_test.cc
  DEPS gateway_values rapidcheck)
