bailey_fuzz(keep_fuzz SOURCE keep_fuzz.cc DEPS credentials)
bailey_fuzz(secrets_file_fuzz SOURCE secrets_file_fuzz.cc DEPS credentials)
bailey_fuzz(placeholder_fuzz SOURCE placeholder_fuzz.cc DEPS credentials)
bailey_fuzz(home_file_fuzz SOURCE home_file_fuzz.cc DEPS credentials)
