bailey_fuzz(git_credential_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/git_credential_fuzz.cc DEPS credential_rules)
bailey_fuzz(commit_payload_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/commit_payload_fuzz.cc DEPS credential_rules)
bailey_fuzz(ssh_agent_fuzz SOURCE ${CMAKE_CURRENT_LIST_DIR}/ssh_agent_fuzz.cc DEPS ssh_agent)
