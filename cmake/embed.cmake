# bailey_embed(target file symbol): the bytes of `file` as `extern const std::string_view bailey::embedded::symbol`,
# declared in the header "embedded/<symbol>.h". The file is a dependency: a change rebuilds.
function(bailey_embed target file symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol})
  get_filename_component(absolute ${file} ABSOLUTE BASE_DIR ${CMAKE_SOURCE_DIR})
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(WRITE ${out}.h.new
    "#pragma once\n#include <string_view>\nnamespace bailey::embedded {\nextern const std::string_view ${symbol};\n}\n")
  file(COPY_FILE ${out}.h.new ${out}.h ONLY_IF_DIFFERENT)
  file(WRITE ${out}.cc.new
    "#include \"embedded/${symbol}.h\"\n"
    "__asm__(\".section .rodata\\n.global bailey_embedded_${symbol}\\n.global bailey_embedded_${symbol}_end\\n\"\n"
    "        \"bailey_embedded_${symbol}:\\n.incbin \\\"${absolute}\\\"\\n\"\n"
    "        \"bailey_embedded_${symbol}_end:\\n.byte 0\\n.previous\\n\");\n"
    "extern \"C\" const char bailey_embedded_${symbol}[];\nextern \"C\" const char bailey_embedded_${symbol}_end[];\n"
    "namespace bailey::embedded {\nconst std::string_view ${symbol}(bailey_embedded_${symbol},\n"
    "    static_cast<std::size_t>(bailey_embedded_${symbol}_end - bailey_embedded_${symbol}));\n}\n")
  file(COPY_FILE ${out}.cc.new ${out}.cc ONLY_IF_DIFFERENT)
  set_source_files_properties(${out}.cc PROPERTIES OBJECT_DEPENDS ${absolute})
  target_sources(${target} PRIVATE ${out}.cc)
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
