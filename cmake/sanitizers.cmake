add_library(bailey_sanitizers INTERFACE)
if(BAILEY_SANITIZE)
  target_compile_options(bailey_sanitizers INTERFACE
    -fsanitize=${BAILEY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(bailey_sanitizers INTERFACE -fsanitize=${BAILEY_SANITIZE})
endif()
