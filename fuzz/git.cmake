bailey_fuzz(pkt_line_fuzz SOURCE pkt_line_fuzz.cc DEPS git)
bailey_fuzz(push_request_fuzz SOURCE push_request_fuzz.cc DEPS git)
bailey_fuzz(packed_refs_fuzz SOURCE packed_refs_fuzz.cc DEPS git)
bailey_fuzz(git_config_fuzz SOURCE git_config_fuzz.cc DEPS git)
