# The data plane and the process: carriers of bytes, upstream connections, listeners, the link to the supervisor.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
bailey_room(gateway
  SOURCES tunnel.cc pipe_pool.cc bandwidth.cc
  DEPS gateway_values event os json base PkgConfig::CARES)
bailey_room_test(gateway_test
  SOURCES tunnel_test.cc
  DEPS gateway)
