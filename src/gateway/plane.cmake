# The data plane and the process: carriers of bytes, upstream connections, listeners, the link to the supervisor.
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
# landlock.cc and seccomp_install.cc by themselves, as init does: the rest of the sandbox room is not needed.
bailey_room(gateway
  SOURCES buffer_pool.cc tunnel.cc session_usage.cc proof.cc socks.cc proxy_request.cc introduction.cc
          host_files.cc resolver.cc host_proxy.cc upstream_address.cc connector.cc services.cc inspected_client.cc
          connection.cc original_destination.cc listener.cc server.cc observation_queue.cc link.cc
          confine.cc ../sandbox/landlock.cc ../sandbox/seccomp_install.cc
  DEPS gateway_link gateway_keep gateway_http gateway_dns gateway_values event os json base PkgConfig::CARES)
add_executable(bailey-gateway main.cc)
target_link_libraries(bailey-gateway PRIVATE bailey_gateway)
bailey_self_contained(bailey-gateway)

bailey_room_test(gateway_test
  SOURCES tunnel_test.cc proof_test.cc introduction_test.cc upstream_test.cc link_protocol_test.cc confine_test.cc
          resolver_test.cc server_test.cc gateway_process_test.cc
  DEPS gateway)
if(TARGET gateway_test)
  add_dependencies(gateway_test bailey-gateway)
  target_compile_definitions(gateway_test PRIVATE BAILEY_GATEWAY="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/bailey-gateway")
endif()
