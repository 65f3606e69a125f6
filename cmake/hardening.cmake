# What Debian's dpkg-buildflags set and a little more: every binary of ours is position independent, has full RELRO,
# stack protection and control-flow enforcement.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_library(bailey_hardening INTERFACE)
target_compile_options(bailey_hardening INTERFACE
  -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero
  $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>
  $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>)
target_compile_definitions(bailey_hardening INTERFACE $<$<CXX_COMPILER_ID:GNU>:_GLIBCXX_ASSERTIONS>)
target_link_options(bailey_hardening INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
