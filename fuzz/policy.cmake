bailey_fuzz(config_fuzz SOURCE config_fuzz.cc DEPS policy)
bailey_fuzz(manifest_fuzz SOURCE manifest_fuzz.cc DEPS policy)
bailey_fuzz(size_fuzz SOURCE size_fuzz.cc DEPS policy)
bailey_fuzz(branch_name_fuzz SOURCE branch_name_fuzz.cc DEPS policy)
